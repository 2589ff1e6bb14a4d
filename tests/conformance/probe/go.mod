module zero-trust-openclaw/tests/conformance/probe

go 1.26
