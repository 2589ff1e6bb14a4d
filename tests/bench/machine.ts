import { cpus, loadavg, platform, release, totalmem } from "node:os";
import { catalogue, type ImageKey } from "../../testbed/images/catalogue";

const SHOWN: ImageKey[] = ["envoy", "oauth2Proxy", "openclaw"];

/** The machine and what runs on it, in one line. The load is what was there before the benchmark. */
export function describeMachine(...engines: string[]): string {
  const versions = catalogue.filter(({ key }) => SHOWN.includes(key)).map(({ name }) => name.split("/").at(-1));
  const kernel = release().split(/[-+]/)[0];
  return [
    `${cpus().length} cores`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`,
    `${platform()} ${kernel}`,
    ...engines,
    ...versions,
    `load ${loadavg()[0]?.toFixed(1)} at the start`,
  ].join(", ");
}
