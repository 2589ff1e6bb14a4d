// Command volumes makes a directory of the node for each claim of its storage class, and removes it with the volume.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	name := flag.String("provisioner", "", "what storage classes call this program")
	root := flag.String("root", "", "the folder in which the directories are made")
	flag.Parse()
	if err := run(*kubeconfig, *name, *root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, name, root string) error {
	if name == "" || !filepath.IsAbs(root) {
		return fmt.Errorf("a provisioner's name and an absolute root are needed")
	}
	access, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(access)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	controller.NewProvisionController(ctx, client, name, directories{root},
		controller.LeaderElection(false)).Run(ctx)
	return nil
}

// directories makes volumes that are directories below root.
type directories struct{ root string }

func (d directories) path(volume string) string { return filepath.Join(d.root, filepath.Base(volume)) }

func (d directories) Provision(_ context.Context, order controller.ProvisionOptions) (
	*core.PersistentVolume, controller.ProvisioningState, error,
) {
	path := d.path(order.PVName)
	// Whoever runs in the pod writes here: fsGroup gives the group, which is only followed for volumes that are local.
	if err := os.MkdirAll(path, 0o770); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	terms := []core.NodeSelectorTerm{{MatchExpressions: []core.NodeSelectorRequirement{{
		Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{order.SelectedNodeName},
	}}}}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: order.PVName},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *order.StorageClass.ReclaimPolicy,
			AccessModes:                   order.PVC.Spec.AccessModes,
			Capacity:                      order.PVC.Spec.Resources.Requests,
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}},
			NodeAffinity:                  &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: terms}},
		},
	}, controller.ProvisioningFinished, nil
}

func (d directories) Delete(_ context.Context, volume *core.PersistentVolume) error {
	return os.RemoveAll(d.path(volume.Name))
}
