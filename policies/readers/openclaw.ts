import JSON5 from "json5";
import type { Resource } from "../rule";
import { type Container, containersOf } from "./containers";
import { chartValues, type Document, documentsOf } from "./documents";
import { at, list, type Props, record, text, texts, walk } from "./values";

/** A configuration of OpenClaw, wherever a stack has it. */
export interface OpenClawConfig {
  /** For a message. */
  where: string;
  gateway: Props;
  whole: Props;
}

const FILE = "openclaw.json";
/** Of what a chart's values say, this much must be OpenClaw's own. */
const GATEWAY_KEYS = ["controlUi", "trustedProxies", "auth", "bind"];

/** All that is readable; whether it is JSON5 does not matter to OpenClaw either. */
export function openClawConfigs(resource: Resource): OpenClawConfig[] {
  const read = documentsOf(resource).flatMap((document) => {
    const whole = mayBe(document) ? parsed(document.content) : undefined;
    return whole && isOpenClaw(whole) ? [config(document.where, whole)] : [];
  });
  const given: OpenClawConfig[] = [];
  walk(chartValues(resource), (value, way) => {
    const whole = text(value) === undefined ? record(value) : parsed(value as string);
    if (whole && isOpenClaw(whole)) given.push(config(`values.${way.join(".")}`, whole));
  });
  return [...read, ...given];
}

/** Files that OpenClaw would read and this pack cannot. */
export function unreadableConfigs(resource: Resource): Document[] {
  return documentsOf(resource).filter(({ file, content }) => file === FILE && parsed(content) === undefined);
}

const config = (where: string, whole: Props): OpenClawConfig => ({ where, whole, gateway: record(whole.gateway) });
const mayBe = ({ file, content }: Document): boolean => file === FILE || /\bgateway\b/.test(content);
const isOpenClaw = ({ gateway }: Props): boolean => GATEWAY_KEYS.some((key) => key in record(gateway));

function parsed(content: string): Props | undefined {
  if (!content.trimStart().startsWith("{") && !content.trimStart().startsWith("/")) return undefined;
  try {
    return record(JSON5.parse(content));
  } catch {
    return undefined;
  }
}

/** Where people open OpenClaw. */
export function origins({ gateway }: OpenClawConfig): string[] {
  return [text(gateway.publicOrigin), ...texts(at(gateway, "controlUi", "allowedOrigins"))].filter(
    (one) => one !== undefined,
  );
}

/** Whether a container runs OpenClaw: by its image's name, its command, or OpenClaw's own variables. */
export function runsOpenClaw({ image = "", command, environment }: Container): boolean {
  const program = (one: string) => /(^|\/)(openclaw|clawdbot|moltbot)(\.mjs)?$/.test(one);
  return (
    program(image.replace(/@.*$/, "").replace(/:[^/]*$/, "")) ||
    command.some(program) ||
    environment.some(({ name }) => /^OPENCLAW_(STATE_DIR|CONFIG_PATH|HOME|GATEWAY_)/.test(name))
  );
}

/** The resources that run OpenClaw. */
export function openClawWorkloads(resources: Resource[]): Resource[] {
  return resources.filter((resource) => containersOf(resource).some(runsOpenClaw));
}

/** Whether a mode of signing in is among those a configuration has. */
export const authMode = ({ gateway }: OpenClawConfig): string | undefined => text(at(gateway, "auth", "mode"));

/** Whom OpenClaw believes. */
export const trustedProxies = ({ gateway }: OpenClawConfig): string[] =>
  list(gateway.trustedProxies).map((one) => text(one) ?? String(one));
