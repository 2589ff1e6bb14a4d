/** Stand-in for the docker plugin. */
import { version } from "@pulumi/docker/package.json";
import { serveProvider } from "../provider-host";
import { flag, text } from "../schema";
import { container } from "./container";
import { connect } from "./engine";
import { network } from "./network";
import { remoteImage } from "./remote-image";
import { volume } from "./volume";

serveProvider({
  name: "docker",
  version,
  // Turning the check off changes nothing: the official plugin cannot do without an engine either.
  configuration: { host: text(), disableDockerDaemonCheck: flag() },
  configure: ({ host }) => connect(host === undefined ? undefined : String(host)),
  resources: {
    "docker:index/container:Container": container,
    "docker:index/network:Network": network,
    "docker:index/remoteImage:RemoteImage": remoteImage,
    "docker:index/volume:Volume": volume,
  },
});
