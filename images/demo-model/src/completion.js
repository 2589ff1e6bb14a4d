import { randomUUID } from "node:crypto";
import { lastWords } from "./last-words.js";

/** The answer to a chat request: `whole` for one JSON body, `chunks` for a stream of events. */
export function complete(request) {
  const reply = `Demo model: no real model is connected. You said: "${lastWords(request.messages)}"`;
  const common = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: typeof request.model === "string" ? request.model : "demo-model",
  };
  const usage = usageOf(request.messages, reply);
  return { whole: () => whole(common, reply, usage), chunks: () => chunks(common, reply, usage, request) };
}

function whole(common, content, usage) {
  const message = { role: "assistant", content };
  return { ...common, object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage };
}

function* chunks(common, content, usage, request) {
  const head = { ...common, object: "chat.completion.chunk" };
  const step = (delta, finish_reason = null) => ({ ...head, choices: [{ index: 0, delta, finish_reason }] });
  yield step({ role: "assistant", content: "" });
  for (const word of content.match(/\S+\s*/g)) yield step({ content: word });
  yield step({}, "stop");
  if (request.stream_options?.include_usage) yield { ...head, choices: [], usage };
}

/** Four characters a token is close enough for a display. */
function usageOf(messages, reply) {
  const prompt_tokens = Math.ceil(JSON.stringify(messages).length / 4);
  const completion_tokens = Math.ceil(reply.length / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
