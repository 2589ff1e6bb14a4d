import { userMessage } from "./user-message.js";

const longest = 200;

// What an assistant's gateway puts around the words of a person.
const wrapping = [
  /^Conversation info[^\n]*\n```\w*\n[\s\S]*?\n```\s*/,
  /^Conversation info[^:\n]*:\s*(?:\{.*\})?\s*/,
  /^\[[^\]\n]*\d{1,2}:\d{2}[^\]\n]*\]\s*/,
  /^Runtime: agent=.*/,
  /^\[message_id:[^\]\n]*\]\s*/,
];

/** The last paragraph of the last message of the user that is not mere wrapping, at most 200 characters. */
export function lastWords(messages) {
  const paragraphs = userMessage(messages).split(/\n\s*\n/);
  const words = paragraphs.map(unwrap).findLast((paragraph) => paragraph !== "") ?? "";
  const characters = [...words.replaceAll(/\s+/g, " ")];
  return characters.length <= longest ? characters.join("") : `${characters.slice(0, longest - 1).join("")}…`;
}

function unwrap(paragraph) {
  let rest = paragraph.trim();
  for (let before; before !== rest; ) {
    before = rest;
    for (const pattern of wrapping) rest = rest.replace(pattern, "");
  }
  return rest.trim();
}
