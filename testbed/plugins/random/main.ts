/** Stand-in for the random plugin. */
import { version } from "@pulumi/random/package.json";
import { serveProvider } from "../provider-host";
import { randomBytes, randomId } from "./bytes";
import { randomPassword, randomString } from "./text";

serveProvider({
  name: "random",
  version,
  configuration: {},
  resources: {
    "random:index/randomBytes:RandomBytes": randomBytes,
    "random:index/randomId:RandomId": randomId,
    "random:index/randomPassword:RandomPassword": randomPassword,
    "random:index/randomString:RandomString": randomString,
  },
});
