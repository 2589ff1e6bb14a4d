// What OpenClaw adds for the model alone, sometimes as a message of its own.
const internal = /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>[\s\S]*?<<<END_OPENCLAW_INTERNAL_CONTEXT>>>/g;

/** The last message of the user as one text, its parts as paragraphs. */
export function userMessage(messages) {
  return messages.map(wordsOf).findLast((text) => text !== "") ?? "";
}

/** What a tool answered since the user's last message; undefined if none did. */
export function toolAnswer(messages) {
  const last = messages.findLast((message) => message.role === "tool" || wordsOf(message) !== "");
  return last?.role === "tool" ? textOf(last.content) : undefined;
}

function wordsOf({ role, content }) {
  return role === "user" ? textOf(content).replaceAll(internal, "").trim() : "";
}

function textOf(content) {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const texts = content.filter((part) => part?.type === "text" && typeof part.text === "string");
  return texts.map(({ text }) => text).join("\n\n");
}
