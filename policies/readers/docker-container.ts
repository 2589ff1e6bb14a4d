import type { Resource } from "../rule";
import type { Container } from "./containers";
import { at, text, texts, UNKNOWN } from "./values";

/** A container of Docker. */
export function dockerContainer({ name, props }: Resource): Container {
  const { user, securityOpts, capabilities } = props;
  return {
    title: `container "${name}"`,
    image: text(props.image),
    environment: texts(props.envs).map((line) => {
      const [key = "", value] = line.split(/=(.*)/s);
      return { name: key, value };
    }),
    environmentSecrets: [],
    command: [...texts(props.entrypoints), ...texts(props.command)],
    privileged: props.privileged === true,
    gainsRights:
      securityOpts !== UNKNOWN && !texts(securityOpts).some((one) => /^no-new-privileges([:=]true)?$/.test(one)),
    // Without a user it is the image's, which is mostly root.
    root: user !== UNKNOWN && /^(|0|root)(:|$)/.test(text(user) ?? ""),
    writableRoot: props.readOnly !== true && props.readOnly !== UNKNOWN,
    addedCapabilities: texts(at(capabilities, "adds")),
    limits: [
      ...(isSet(props.memory) ? ["memory"] : []),
      ...(isSet(props.cpus) || isSet(props.cpuShares) || isSet(props.cpuSet) ? ["cpu"] : []),
    ],
  };
}

const isSet = (value: unknown): boolean => value !== undefined && value !== 0 && value !== "" && value !== null;
