package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"os/signal"
	"syscall"

	"zero-trust-openclaw/images/workload-tools/cli"
)

type issued struct {
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"privateKey"`
}

// issueCommand asks for whatever it is told to, and judges neither that nor the answer: it is for trying what the issuer
// refuses.
func issueCommand(args []string, around surrounding, stdout io.Writer) error {
	var wanted wish
	flags := flag.NewFlagSet("issue", flag.ContinueOnError)
	path := flags.String("config", "", "")
	flags.StringVar(&wanted.lifetime, "lifetime", "", "")
	several := func(name string, into *[]string) {
		flags.Func(name, "", func(value string) error {
			*into = append(*into, value)
			return nil
		})
	}
	several("uri", &wanted.names.URIs)
	several("dns", &wanted.names.DNS)
	several("ip", &wanted.names.IPs)
	several("usage", &wanted.usages)
	if err := cli.ParseFlags(flags, args, "config"); err != nil {
		return err
	}
	config, err := readConfig(*path)
	if err != nil {
		return err
	}
	if len(wanted.names.all()) == 0 {
		wanted.names = config.Names
	}
	if len(wanted.usages) == 0 {
		wanted.usages = config.Usages
	}
	if wanted.lifetime == "" {
		wanted.lifetime = config.Lifetime.String()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	fresh, err := config.enrol(ctx, wanted, around.now())
	if err != nil {
		return err
	}
	files, err := fresh.files()
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(issued{string(files[certificateFile]), string(files[keyFile])})
}
