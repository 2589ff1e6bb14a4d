import { type Container, containersOf } from "../readers/containers";
import { isSecret, namesSecret, secretIn } from "../readers/secrets";
import type { ResourceRule } from "../rule";

export const secretInEnvironment: ResourceRule = {
  id: "secret-in-environment",
  level: "mandatory",
  severity: "high",
  description: "Credentials reach a program as files, not as variables.",
  why: "Variables are read by every program that this one starts, and end up in logs and dumps.",
  controls: { sp800207: [3, 6], sp80053: ["IA-5(7)", "SC-28"], iso27001: ["A.5.17", "A.8.12"] },
  check: (resource) =>
    containersOf(resource).flatMap(({ title, environment, environmentSecrets }) => [
      ...environment.filter(isCredential).map(({ name }) => `${title}: ${name} is a credential; mount it as a file`),
      ...environmentSecrets.map(
        (secret) => `${title}: all of the Secret "${secret}" is in variables; mount it as files`,
      ),
    ]),
};

/** A value that is not known yet is one that is made, as a password is. */
function isCredential({ name, value, from }: Container["environment"][number]): boolean {
  if (from === "secret") return true;
  return value === undefined ? namesSecret(name) : isSecret(name, value) || secretIn(value) !== undefined;
}
