package main

import (
	"context"
	"errors"
	"os/signal"
	"sync"
	"syscall"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/cloudnativelabs/kube-router/v2/pkg/svcip"
	"github.com/spf13/pflag"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// enforceNetworkPolicies runs kube-router's network policy controller alone, without its service proxy and its router.
func enforceNetworkPolicies(args []string) error {
	config := options.NewKubeRouterConfig()
	flags := pflag.NewFlagSet("kube-network-policies", pflag.ContinueOnError)
	config.AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	config.RunFirewall, config.EnableIPv4 = true, true

	access, err := clientcmd.BuildConfigFromFlags(config.Master, config.Kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	ctx, end := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer end()
	stop := ctx.Done()
	var running sync.WaitGroup
	defer running.Wait()

	// The controller tells of its life over this channel and would block if nobody listened.
	beats := make(chan *healthcheck.ControllerHeartbeat, 10)
	health, err := healthcheck.NewHealthController(config)
	if err != nil {
		return err
	}
	running.Add(1)
	go health.RunServer(stop, &running)

	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	health.SetAlive()
	running.Add(1)
	go health.RunCheck(beats, stop, &running)

	ranges, err := svcip.NewValidator(svcip.Config{
		ExternalIPCIDRs: config.ExternalIPCIDRs, LoadBalancerCIDRs: config.LoadBalancerCIDRs,
		ClusterIPCIDRs: config.ClusterIPCIDRs, EnableIPv4: config.EnableIPv4, EnableIPv6: config.EnableIPv6,
	})
	if err != nil {
		return err
	}
	tables, sets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	controller, err := netpol.NewNetworkPolicyController(
		client, config, pods, policies, namespaces, &mutex, nil, tables, sets, ranges)
	if err != nil {
		return err
	}
	_, ofPods := pods.AddEventHandler(controller.PodEventHandler)
	_, ofNamespaces := namespaces.AddEventHandler(controller.NamespaceEventHandler)
	_, ofPolicies := policies.AddEventHandler(controller.NetworkPolicyEventHandler)
	if err := errors.Join(ofPods, ofNamespaces, ofPolicies); err != nil {
		return err
	}
	running.Add(1)
	go controller.Run(beats, stop, &running)
	<-stop
	return nil
}
