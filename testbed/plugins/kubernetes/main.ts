/** Stand-in for the kubernetes plugin. */
import { version } from "@pulumi/kubernetes/package.json";
import { serveKubernetes } from "./host";

serveKubernetes(version);
