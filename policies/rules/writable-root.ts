import { containersOf } from "../readers/containers";
import type { ResourceRule } from "../rule";

export const writableRoot: ResourceRule = {
  id: "writable-root",
  level: "mandatory",
  severity: "medium",
  description: "A container's root filesystem is read-only.",
  why: "Otherwise what broke in changes the program, and stays.",
  controls: { sp800207: [5], sp80053: ["SI-7", "CM-5", "CM-6"], iso27001: ["A.8.9", "A.8.19"] },
  check: (resource) =>
    containersOf(resource)
      .filter((one) => one.writableRoot)
      .map(
        ({ title }) => `${title} can write to its root filesystem; make that read-only, and mount what it writes to`,
      ),
};
