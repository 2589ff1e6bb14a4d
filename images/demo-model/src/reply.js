import { lastWords } from "./last-words.js";
import { senderOf } from "./sender.js";
import { toolAnswer } from "./user-message.js";

const call = /^use the tool (\w+) with (\{.*\})$/;

/**
 * What the model says to a request, and the tool it calls, if it was told to: it does whatever it is told, as a model that was tricked
 * would, so that one sees what the gateway makes of it.
 */
export function replyTo({ messages, tools }) {
  const answer = toolAnswer(messages);
  if (answer !== undefined) return { text: `Demo model: the tool answered "${answer}"` };
  const words = lastWords(messages);
  const [, name, json] = call.exec(words) ?? [];
  if (name) return { text: "", tool: { name, json } };
  if (/^who am i\b/i.test(words)) return { text: `Demo model: ${introduce(senderOf(messages))}` };
  if (/^which tools\b/i.test(words))
    return { text: `Demo model: my tools are ${toolNames(tools).join(", ") || "none"}.` };
  return { text: `Demo model: no real model is connected. You said: "${words}"` };
}

function introduce(sender) {
  if (typeof sender?.name !== "string") return "nobody told me who you are.";
  return `I was told that you are "${sender.name}".`;
}

function toolNames(tools) {
  return Array.isArray(tools)
    ? tools.map((tool) => tool?.function?.name).filter((name) => typeof name === "string")
    : [];
}
