{{/*
What the operator may do where it looks after bots: in the whole cluster, or in each namespace of watchNamespaces.

Never: Secrets (the kubelet mounts them), exec, wildcards, the CRD itself, and whatever lends rights (bind, escalate,
impersonate, roles, service accounts' tokens). tests/chart/rbac-*.yaml and can-i.tsv hold it to that.
*/}}
{{- define "aicoin.rules" -}}
# The bots. `patch` is for the finalizer; nothing in a spec is ever written. Nothing names a bot as its owner, so there is
# no need for tradingbots/finalizers.
- apiGroups: [aicoin.dev]
  resources: [tradingbots]
  verbs: [get, list, watch, patch]
- apiGroups: [aicoin.dev]
  resources: [tradingbots/status]
  verbs: [update]
# What a bot consists of.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [configmaps, persistentvolumeclaims, services]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
# Where a worker is, and how it fares.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
# Whether a namespace is being deleted: no worker can run in it any more.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
# An Event that comes again is patched.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
