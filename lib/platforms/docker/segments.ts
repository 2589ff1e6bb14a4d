import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { INTERNET, type Perimeter } from "../../perimeter";
import type { Segments } from "../platform";
import { type LinkAddresses, linkAddresses } from "./addresses";
import { DEFAULT_ADDRESSES, type DockerArgs } from "./args";
import { labels } from "./labels";

/** A network a workload is attached to, with its fixed address there. */
export interface Attachment {
  network: docker.Network;
  address: string;
}

/**
 * One bridge network per link with exactly its members. Without a flow two workloads share no network, so that an undeclared packet
 * has no way at layer 3.
 */
export class DockerSegments implements Segments {
  readonly perimeter: Perimeter;
  private readonly networks: { link: LinkAddresses; network: docker.Network }[];
  private readonly images = new Map<string, pulumi.Output<string>>();
  private readonly holders = new Map<string, docker.Container>();
  private readonly name: string;
  private readonly parent: pulumi.Resource;

  constructor(name: string, perimeter: Perimeter, args: DockerArgs, parent: pulumi.Resource) {
    this.perimeter = perimeter;
    this.name = name;
    this.parent = parent;
    this.networks = linkAddresses(perimeter, args.addresses ?? DEFAULT_ADDRESSES).map((link) => ({
      link,
      network: new docker.Network(
        `${name}-${link.key}`,
        {
          driver: "bridge",
          ...ISOLATION[link.kind],
          ipamConfigs: [{ subnet: link.cidr, gateway: link.gateway }],
          labels: labels(args, { link: link.key }),
        },
        // A successor cannot have the same subnet while its predecessor exists.
        { parent, deleteBeforeReplace: true },
      ),
    }));
  }

  addressOf(from: string, to: string): string {
    return this.memberAddress(from, to, to);
  }

  /** Addresses are fixed, so that a port exists only in the networks of the flows that use it. */
  listenOf(from: string, to: string): string {
    return this.addressOf(from, to);
  }

  sourceOf(from: string, to: string): string {
    return this.memberAddress(from, to, from);
  }

  /** There is one of each workload, and its volume will do. */
  recordOf(): undefined {
    return undefined;
  }

  attachments(workload: string): Attachment[] {
    return this.networks.flatMap(({ link, network }) => {
      const address = link.members[workload];
      return address ? [{ network, address }] : [];
    });
  }

  /** True if the perimeter lets the workload call hosts outside, so that it needs to resolve names. */
  resolvesNames(workload: string): boolean {
    return this.networks.some(({ link }) => link.kind === "exit" && workload in link.members);
  }

  /** Pulls an image once if the engine does not have it, and pins what runs to its content, whatever its tag says later. */
  image(reference: string, firstUser: string): pulumi.Output<string> {
    const known = this.images.get(reference);
    if (known) return known;
    const { imageId } = new docker.RemoteImage(
      `${this.name}-image-${firstUser}`,
      { name: reference, keepLocally: true },
      { parent: this.parent },
    );
    this.images.set(reference, imageId);
    return imageId;
  }

  /** What holds a workload's addresses, made with its first container. */
  holder(workload: string, make: () => docker.Container): docker.Container {
    const holder = this.holders.get(workload) ?? make();
    this.holders.set(workload, holder);
    return holder;
  }

  private memberAddress(from: string, to: string, member: string): string {
    const ends = [from, to].filter((end) => end !== INTERNET);
    const kind = from === INTERNET ? "entrance" : to === INTERNET ? "exit" : "internal";
    const found = this.networks.find(({ link }) => link.kind === kind && ends.every((end) => end in link.members));
    const address = found?.link.members[member];
    if (!address) throw new Error(`the perimeter has no flow from "${from}" to "${to}"`);
    return address;
  }
}

const ISOLATION: Record<LinkAddresses["kind"], Pick<docker.NetworkArgs, "internal" | "options">> = {
  // A port can only be published by a network that is not internal; without masquerading nothing gets out by it.
  entrance: { options: { "com.docker.network.bridge.enable_ip_masquerade": "false" } },
  // An internal network alone still reaches every listener of the host through the bridge's own address.
  internal: { internal: true, options: { "com.docker.network.bridge.inhibit_ipv4": "true" } },
  exit: {},
};
