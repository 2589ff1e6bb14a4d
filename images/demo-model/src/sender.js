import { userMessage } from "./user-message.js";

// At the head of the message, after a time stamp at most: further down, a person may have written it.
const information = /^\s*(?:\[[^\]\n]*\]\s*)?Conversation info[^\n]*\n```\w*\n([\s\S]*?)\n```/;

/** Who, as the gateway says, wrote the last message of the user; undefined if it says nothing. */
export function senderOf(messages) {
  const [, json] = information.exec(userMessage(messages)) ?? [];
  try {
    return JSON.parse(json).sender;
  } catch {
    return undefined;
  }
}
