export * from "./certificate-authority";
export * from "./workload-certificate";
