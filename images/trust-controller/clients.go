package main

import (
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// clients are two, so that what one waits for does not cost the other the lease.
type clients struct {
	objects, lease kubernetes.Interface
}

func connect(kubeconfig string) (clients, error) {
	config, err := access(kubeconfig)
	if err != nil {
		return clients{}, err
	}
	config.UserAgent = fieldManager
	objects, err := kubernetes.NewForConfig(config)
	if err != nil {
		return clients{}, fmt.Errorf("%w: %v", errConfig, err)
	}
	// Not for the other one: it would end its watches too.
	short := rest.CopyConfig(config)
	short.Timeout = usualTerm.deadline / 2
	lease, err := kubernetes.NewForConfig(short)
	if err != nil {
		return clients{}, fmt.Errorf("%w: %v", errConfig, err)
	}
	return clients{objects, lease}, nil
}

func access(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		config, err := rest.InClusterConfig()
		if err != nil {
			return nil, fmt.Errorf("%w; run it in a pod whose service account's token is mounted, or give --kubeconfig", err)
		}
		return config, nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("%w: kubeconfig: %v", errConfig, err)
	}
	return config, nil
}
