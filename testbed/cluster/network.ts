/**
 * The node's network: a namespace of its own, joined to the machine by one pair of devices. It has no default route, so nothing can leave it, and no rule
 * or setting of the machine's own network is touched. Deleting it is taking away everything that was set up in it.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { mountsBelow } from "../mounts";
import { attempt, run } from "../process";
import { Problem } from "../progress";
import { onNode } from "./configuration";
import { network, networkNamespace, places } from "./layout";

/** Of the namespace alone. */
const settings: Readonly<Record<string, number>> = {
  "net.ipv4.ip_forward": 1,
  // Packets between two pods cross a bridge only; policies must see them too.
  "net.bridge.bridge-nf-call-iptables": 1,
  "net.ipv4.conf.all.rp_filter": 0,
  "net.ipv4.conf.default.rp_filter": 0,
  // What is refused shall always be told so: otherwise it looks like a packet that was lost.
  "net.ipv4.icmp_ratelimit": 0,
};

const exists = (): boolean => mountsBelow(places.run).includes(networkNamespace);

/** Whether the namespace is there, with everything in it. */
export async function networkStands(): Promise<boolean> {
  if (!exists()) return false;
  const [command, args] = onNode("ip", ["-brief", "address", "show", "dev", network.uplink, "up"]);
  const { code, stdout } = await attempt(command, args);
  return code === 0 && stdout.includes(` ${network.node}/`) && machineHas();
}

const machineHas = (): boolean =>
  (networkInterfaces()[network.device] ?? []).some(({ address }) => address === network.machine);

export async function makeNetwork(log: string): Promise<void> {
  const taken = await holderOfAddress();
  if (taken !== undefined)
    throw new Problem(`The test cluster's address ${network.machine} is in use on this machine, on ${taken}.`);
  await removeNetwork();
  mkdirSync(places.run, { recursive: true });
  writeFileSync(networkNamespace, "");
  await run("unshare", [`--net=${networkNamespace}`, "--", "true"], { log });
  const node = async (program: string, ...args: string[]): Promise<void> => {
    await run(...onNode(program, args), { log });
  };
  const { device, uplink } = network;
  await run("ip", ["link", "add", device, "type", "veth", "peer", "name", uplink, "netns", networkNamespace], { log });
  await node("ip", "link", "set", "lo", "up");
  await node("ip", "address", "add", `${network.node}/${network.prefix}`, "dev", uplink);
  await node("ip", "link", "set", uplink, "up");
  await run("ip", ["address", "add", `${network.machine}/${network.prefix}`, "dev", device], { log });
  await run("ip", ["link", "set", device, "up"], { log });
  // Those of a namespace are seen by its members only.
  const assignments = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await node("sysctl", "-qw", ...assignments);
  // What pods send to the machine itself would be answered by its default route, because it knows nothing of pods.
  const toMachine = ["-i", network.bridge, "-d", network.machine, "-m", "conntrack", "--ctstate", "NEW"];
  await node("iptables", "-w", "-t", "mangle", "-A", "PREROUTING", ...toMachine, "-j", "DROP");
}

/** Another device of the machine that has the address, even if it is not up. */
async function holderOfAddress(): Promise<string | undefined> {
  const { stdout } = await run("ip", ["-json", "address", "show"]);
  const devices = JSON.parse(stdout) as { ifname?: string; addr_info?: { local?: string }[] }[];
  return devices.find(
    ({ ifname, addr_info = [] }) =>
      ifname !== network.device && addr_info.some(({ local }) => local === network.machine),
  )?.ifname;
}

/** Its processes must have ended before. */
export async function removeNetwork(): Promise<void> {
  if (await linkExists()) await attempt("ip", ["link", "delete", network.device]);
  while (exists()) await run("umount", ["-l", networkNamespace]);
  if (existsSync(networkNamespace)) rmSync(networkNamespace);
}

const linkExists = async (): Promise<boolean> =>
  (await attempt("ip", ["link", "show", "dev", network.device])).code === 0;
