/** What no container of ours may do. Capabilities are spelled as the engine reports them, or every refresh would show a change. */
export const HARDENED = {
  readOnly: true,
  privileged: false,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
};

/** The engine keeps at most 30 MB of a container's output. */
export const LOGGING = {
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
};
