import { randomUUID } from "node:crypto";
import { replyTo } from "./reply.js";

/** The answer to a chat request: `whole` for one JSON body, `chunks` for a stream of events. */
export function complete(request) {
  const reply = replyTo(request);
  const common = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: typeof request.model === "string" ? request.model : "demo-model",
  };
  const usage = usageOf(request.messages, reply.text);
  return { whole: () => whole(common, reply, usage), chunks: () => chunks(common, reply, usage, request) };
}

function whole(common, { text, tool }, usage) {
  const message = { role: "assistant", content: text, ...(tool && { tool_calls: [toolCall(tool)] }) };
  const choices = [{ index: 0, message, finish_reason: finishOf(tool) }];
  return { ...common, object: "chat.completion", choices, usage };
}

function* chunks(common, { text, tool }, usage, request) {
  const head = { ...common, object: "chat.completion.chunk" };
  const step = (delta, finish_reason = null) => ({ ...head, choices: [{ index: 0, delta, finish_reason }] });
  yield step({ role: "assistant", content: "" });
  for (const word of text.match(/\S+\s*/g) ?? []) yield step({ content: word });
  if (tool) yield step({ tool_calls: [{ index: 0, ...toolCall(tool) }] });
  yield step({}, finishOf(tool));
  if (request.stream_options?.include_usage) yield { ...head, choices: [], usage };
}

function toolCall({ name, json }) {
  return { id: `call_${randomUUID()}`, type: "function", function: { name, arguments: json } };
}

const finishOf = (tool) => (tool ? "tool_calls" : "stop");

/** Four characters a token is close enough for a display. */
function usageOf(messages, reply) {
  const prompt_tokens = Math.ceil(JSON.stringify(messages).length / 4);
  const completion_tokens = Math.ceil(reply.length / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
