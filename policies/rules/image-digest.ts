import { containersOf } from "../readers/containers";
import { text } from "../readers/values";
import type { ResourceRule } from "../rule";

export const imageDigest: ResourceRule = {
  id: "image-digest",
  level: "mandatory",
  severity: "high",
  description: "Images are named by digest.",
  why: "A tag is whatever its registry says: tomorrow another program runs under the same name.",
  controls: { sp800207: [5], sp80053: ["CM-14", "SI-7", "SR-4"], iso27001: ["A.5.21", "A.8.19"] },
  check: (resource) => {
    const pulled = resource.type === "docker:index/remoteImage:RemoteImage" ? text(resource.props.name) : undefined;
    return [...containersOf(resource), { title: "the image to pull", image: pulled }].flatMap(({ title, image }) =>
      image === undefined || /(^|@)sha256:[0-9a-f]{64}$/.test(image)
        ? []
        : [`${title}: "${image}" has no digest; name it as ${image.replace(/@.*$/, "")}@sha256:…`],
    );
  },
};
