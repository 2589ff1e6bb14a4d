import type { Controls, Rule } from "./rule";

/** The rules as the table of the documentation. Pure. */
export function ruleTable(rules: Rule[]): string {
  const rows = rules.map(({ id, level, severity, description, why, controls, settings = {} }) => [
    `\`${id}\``,
    `${level}, ${severity}`,
    `${description} ${why}`,
    controlsOf(controls),
    Object.entries(settings)
      .map(([key, setting]) => `\`${key}\`: ${setting.description}; \`${JSON.stringify(setting.default)}\``)
      .join("<br>") || "–",
  ]);
  const head = ["Rule", "Level, severity", "What and why", "Controls", "Settings and their defaults"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function controlsOf({ sp800207, sp80053, iso27001 }: Controls): string {
  return [
    `SP 800-207 tenet ${sp800207.join(", ")}`,
    `SP 800-53 ${sp80053.join(", ")}`,
    `ISO 27001 ${iso27001.join(", ")}`,
  ].join("<br>");
}
