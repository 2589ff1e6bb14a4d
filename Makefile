# Two commands do everything: `make up` and `make test`. See `make help`.
.DEFAULT_GOAL := help
.PHONY: help up down verify network-test zones conformance bench revoke restore sessions status renew cert outputs otp preview engine cluster-up cluster-down test test-unit test-manifests test-preview test-kubernetes test-failure test-rotation screenshots clean

testbed := testbed/bootstrap.sh
options := $(if $(STACK),--stack $(STACK)) $(if $(STATE),--state $(STATE)) $(foreach setting,$(CONFIG),--config $(setting))

up: ## Bring up OpenClaw on this machine; settings as CONFIG="key=value …"; STACK=staging for a cluster
	@$(testbed) up $(options)

down: ## Take it down and leave nothing; KEEP_DATA=1 keeps OpenClaw's own data
	@$(testbed) down $(options)

who = $(if $(USER_NAMED),--user "$(USER)") $(if $(WORKLOAD),--workload "$(WORKLOAD)") $(if $(SUBJECT),--subject "$(SUBJECT)") $(if $(SESSION),--session "$(SESSION)")
# The shell's own USER is nobody to be shut out.
USER_NAMED = $(filter command line,$(origin USER))

revoke: ## Shut somebody out at once: USER=mail, SUBJECT=id or SESSION=id; or take a certificate's power: WORKLOAD=name
	@$(testbed) revoke $(options) $(who)

restore: ## Let them in again
	@$(testbed) restore $(options) $(who)

sessions: ## List who is shut out, and who is connected
	@$(testbed) list $(options)

status: ## Print how long each certificate is good for
	@$(testbed) status $(options)

renew: ## Renew the certificates now; SERVICE=name for one workload's
	@$(testbed) renew $(options) $(if $(SERVICE),--workload "$(SERVICE)")

cert: ## Have one more certificate issued: SERVICE=workload, TTL=24h, TO=directory
	@$(testbed) cert $(options) $(if $(SERVICE),--workload "$(SERVICE)") $(if $(TTL),--ttl "$(TTL)") $(if $(TO),--to "$(TO)")

outputs: ## Print the URL, the users and the trust bundle's place as JSON
	@$(testbed) outputs $(options)

otp: ## Print the admin's one-time code of this moment
	@$(testbed) otp $(options)

preview: ## Say what this branch's stacks let reach what that BASE's (default: main) do not, and what speaks against it; STACK=laptop: what `make up` would change
	@$(testbed) $(if $(STACK),preview $(options),review $(if $(BASE),--base "$(BASE)"))

verify: ## Try every flow of the running stack: declared ones open, all others closed; ZONE=name for one zone
	@$(testbed) verify $(options) $(if $(ZONE),--zone "$(ZONE)")

network-test: ## Try the flows of a zone of the running stack: ZONE=name; ZONES=file.yaml says first how the stack differs from the file
	@$(testbed) network-test $(options) $(if $(ZONE),--zone "$(ZONE)") $(if $(ZONES),--zones "$(ZONES)")

zones: ## Print the zones of the running stack as a file for ZONES
	@$(testbed) zones $(options)

conformance: ## Attack the running stack and print what came of it; ONLY=pattern for some, WEAKEN=. to take each defence away
	@$(testbed) conformance $(options) $(if $(ONLY),--only '$(ONLY)') $(if $(WEAKEN),--weaken '$(WEAKEN)')

bench: ## Measure the path on a stack made for it; WRITE=1 keeps the figures in docs/performance.md, KEEP=1 the stack; STACK=staging: on a cluster beside it
	@$(testbed) bench $(options) $(if $(WRITE),--write) $(if $(KEEP),--keep)

engine: ## Find or start a Docker engine, and find or make the images
	@$(testbed) images

cluster-up: ## Find or start a Kubernetes cluster, and see that it enforces network policies
	@$(testbed) cluster up

cluster-down: ## End and remove the cluster that was started here
	@$(testbed) cluster down

test: ## Run all tests: types, lint, unit, images, real engines
	@$(testbed) test

test-unit: ## Run the unit tests, in seconds
	@$(testbed) unit

test-manifests: ## Say who may talk to whom by our Kubernetes manifests, and what is unsafe in them; UPDATE_GOLDEN=1 writes the first down anew
	@$(testbed) manifests

test-preview: ## Try what is said of a change before it is deployed: policies, previews, examples; no cluster, no Docker; UPDATE_GOLDEN=1 writes the package's interface down anew
	@$(testbed) previews

test-kubernetes: ## Deploy to a cluster, attack it, renew its certificates, kill its parts; ends with nothing left on it
	@$(testbed) kubernetes

test-failure: ## Kill each part of a deployment while a chat runs; wants a machine with nothing else to do
	@$(testbed) failure

test-rotation: ## Renew, spoil, deny and replace certificates of a deployment under load
	@$(testbed) rotation

screenshots: ## Run the engine tests and keep the README's pictures
	@SCREENSHOTS=docs $(testbed) test

clean: ## Remove caches, built tools and images
	@$(testbed) clean

help: ## Show this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r goal text; do printf '  %-12s %s\n' "$$goal" "$$text"; done
