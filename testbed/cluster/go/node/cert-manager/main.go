// Command cert-manager is cert-manager's controllers for certificates of CA and self-signed issuers, without its webhook,
// its CA injector and everything that needs the internet.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	logs "github.com/cert-manager/cert-manager/pkg/logs"
	"k8s.io/klog/v2"
)

// The defaults of the official controller.
const (
	queriesPerSecond = 20
	burst            = 50
	workers          = 5
	shortestBackoff  = time.Hour
	longestBackoff   = 32 * time.Hour
)

func main() {
	namespace := flag.String("cluster-resource-namespace", "cert-manager", "where the secrets of cluster issuers are")
	klog.InitFlags(nil)
	flag.Parse()
	logs.InitLogs()
	if err := run(*namespace); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(namespace string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx = logs.NewContext(ctx, logs.Log, "controller")
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		KubernetesAPIQPS: queriesPerSecond, KubernetesAPIBurst: burst,
		IssuerOptions: controller.IssuerOptions{ClusterResourceNamespace: namespace},
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: shortestBackoff,
			CertificateRequestMaximumBackoffDuration: longestBackoff,
		},
		SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: 1},
	})
	if err != nil {
		return err
	}
	base, err := factory.Build()
	if err != nil {
		return err
	}
	known := controller.Known()
	ended := make(chan error, len(known))
	var running sync.WaitGroup
	for name, construct := range known {
		one, err := construct(factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		running.Add(1)
		go func() {
			defer running.Done()
			if err := one.Run(workers, ctx); err != nil {
				ended <- fmt.Errorf("%s: %w", name, err)
				stop()
			}
		}()
	}
	base.SharedInformerFactory.Start(ctx.Done())
	base.KubeSharedInformerFactory.Start(ctx.Done())
	running.Wait()
	select {
	case err := <-ended:
		return err
	default:
		return nil
	}
}
