// Prints what Kubernetes' Go types say of each kind's fields: their types, and with "?" those that are left out when they hold nothing. The
// official plugin passes every object through these types before it compares or sends it. Run here, after the list of kinds or the version in
// go.mod has changed:
//
//	go run . > ../shapes.json && npx biome check --write ../shapes.json
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	admission "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var kinds = map[string]any{
	"v1/ConfigMap": core.ConfigMap{}, "v1/LimitRange": core.LimitRange{}, "v1/Namespace": core.Namespace{},
	"v1/PersistentVolumeClaim": core.PersistentVolumeClaim{}, "v1/Pod": core.Pod{}, "v1/ResourceQuota": core.ResourceQuota{},
	"v1/Secret": core.Secret{}, "v1/Service": core.Service{}, "v1/ServiceAccount": core.ServiceAccount{},
	"apps/v1/Deployment": apps.Deployment{}, "apps/v1/StatefulSet": apps.StatefulSet{},
	"networking.k8s.io/v1/Ingress": networking.Ingress{}, "networking.k8s.io/v1/NetworkPolicy": networking.NetworkPolicy{},
	"policy/v1/PodDisruptionBudget":                                    policy.PodDisruptionBudget{},
	"autoscaling/v2/HorizontalPodAutoscaler":                           autoscaling.HorizontalPodAutoscaler{},
	"rbac.authorization.k8s.io/v1/ClusterRole":                         rbac.ClusterRole{},
	"rbac.authorization.k8s.io/v1/Role":                                rbac.Role{},
	"rbac.authorization.k8s.io/v1/RoleBinding":                         rbac.RoleBinding{},
	"rbac.authorization.k8s.io/v1/ClusterRoleBinding":                  rbac.ClusterRoleBinding{},
	"admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy":        admission.ValidatingAdmissionPolicy{},
	"admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": admission.ValidatingAdmissionPolicyBinding{},
	"coordination.k8s.io/v1/Lease":                                     coordination.Lease{}, "storage.k8s.io/v1/StorageClass": storage.StorageClass{},
}

var special = map[reflect.Type]string{
	reflect.TypeFor[resource.Quantity](): "quantity", reflect.TypeFor[intstr.IntOrString](): "any",
	reflect.TypeFor[meta.Time](): "string", reflect.TypeFor[meta.MicroTime](): "string", reflect.TypeFor[[]byte](): "bytes",
	reflect.TypeFor[meta.FieldsV1](): "any",
}

var types = map[string]map[string]string{}

func name(t reflect.Type) string {
	if s, ok := special[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return name(t.Elem())
	case reflect.Slice:
		return "[]" + name(t.Elem())
	case reflect.Map:
		return "{}" + name(t.Elem())
	case reflect.Struct:
		path := strings.Split(t.PkgPath(), "/")
		id := t.Name()
		if group := path[len(path)-2]; group != "core" && group != "meta" {
			id = group + "." + id
		}
		describe(id, t)
		return id
	case reflect.String, reflect.Bool:
		return t.Kind().String()
	default:
		return "number"
	}
}

func describe(id string, t reflect.Type) {
	if types[id] != nil {
		return
	}
	fields := map[string]string{}
	types[id] = fields
	collect(fields, t)
}

func collect(fields map[string]string, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("json"), ",")
		if f.Anonymous && tag[0] == "" {
			collect(fields, f.Type)
			continue
		}
		// A status is never part of what a program asks for.
		if tag[0] == "" || tag[0] == "-" || tag[0] == "status" {
			continue
		}
		code := name(f.Type)
		omit := strings.Contains(f.Tag.Get("json"), "omitempty")
		if k := f.Type.Kind(); omit && k != reflect.Pointer && k != reflect.Struct {
			code += "?"
		}
		fields[tag[0]] = code
	}
}

func main() {
	out := map[string]string{}
	for kind, value := range kinds {
		out[kind] = name(reflect.TypeOf(value))
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"kinds": out, "types": types}); err != nil {
		panic(err)
	}
}
