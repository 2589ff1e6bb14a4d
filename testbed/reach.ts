/** Whether a download place answers from here, asked once and within seconds. */
import { attempt, CommandFailed, CommandMissing } from "./process";
import { message } from "./progress";

const asked = new Map<string, Promise<string | undefined>>();

/** Resolves with undefined when `url` answers anything at all, else with the reason why it is out of reach. */
export function outOfReach(url: string): Promise<string | undefined> {
  let answer = asked.get(url);
  if (answer === undefined) {
    answer = ask(url);
    asked.set(url, answer);
  }
  return answer;
}

async function ask(url: string): Promise<string | undefined> {
  const host = new URL(url).host;
  try {
    // curl knows the proxies and certificates of the machine, which Node does not.
    const { code } = await attempt(
      "curl",
      ["--silent", "--head", "--output", "/dev/null", "--connect-timeout", "3", "--max-time", "4", url],
      { timeout: 6000 },
    );
    if (code === 0) return undefined;
    if (code === 6) return `${host} cannot be resolved`;
    if (code === 28) return `${host} does not answer within 4 s`;
    return `${host} cannot be reached (curl ended with ${code})`;
  } catch (error) {
    if (error instanceof CommandMissing) return "curl is not installed";
    return error instanceof CommandFailed ? `${host} does not answer within 6 s` : message(error);
  }
}
