#!/bin/sh
# Writes go.mod for the versions below: the requirements of k8s.io/kubernetes, its parts that are modules of their own at
# the version that belongs to it, and what runs beside it. Every version that Kubernetes pins is held by a replace, so that
# nothing beside it moves it: all programs here then share what is compiled.
set -eu
kubernetes=1.36.3
cert_manager=v1.21.2
coredns=v1.14.7
provisioner=v13.0.0
router=v2.10.0
cd "$(dirname "$0")"

source=$(cd / && go mod download -json "k8s.io/kubernetes@v$kubernetes" | jq -r .Dir)
install -m 644 "$source/go.mod" "$source/go.sum" .
edit() { go mod edit "$@"; }
module() { go mod edit -json | jq -r "$1"; }

pins=$(module '.Require[] | select(.Version != "v0.0.0") | "\(.Path)=\(.Path)@\(.Version)"')
parts=$(module '.Require[] | select(.Version == "v0.0.0") | .Path')
for old in $(module '.Replace[]?.Old.Path'); do edit "-dropreplace=$old"; done
for part in $parts; do edit "-require=$part@v0.${kubernetes#1.}" "-replace=$part=$part@v0.${kubernetes#1.}"; done
for pin in $pins; do edit "-replace=$pin"; done
edit -module=zero-trust-openclaw/testbed/cluster/node \
  "-require=k8s.io/kubernetes@v$kubernetes" \
  "-require=github.com/cert-manager/cert-manager@$cert_manager" \
  "-require=github.com/cloudnativelabs/kube-router/v2@$router" \
  "-require=github.com/coredns/coredns@$coredns" \
  "-require=sigs.k8s.io/sig-storage-lib-external-provisioner/v13@$provisioner"
go mod tidy
