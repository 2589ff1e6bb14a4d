module zero-trust-openclaw/images/workload-tools

go 1.26
