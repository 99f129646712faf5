{{/*
Names and labels. The names do not depend on the release: there is one operator in a namespace, and people, tests and
documents call it by its name.
*/}}

{{- define "aicoin.operator" -}}aicoin-operator{{- end -}}

{{- define "aicoin.controlKey" -}}
{{- .Values.controlKey.existingSecret | default "aicoin-control-key" -}}
{{- end -}}

{{/* The workers' policies let in what is named aicoin-operator. */}}
{{- define "aicoin.selector" -}}
app.kubernetes.io/name: aicoin-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "aicoin.labels" -}}
{{ include "aicoin.selector" . }}
app.kubernetes.io/part-of: aicoin
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{/* An empty image is the one of this chart's version, so that `helm upgrade --reuse-values` does not keep the old one. */}}
{{- define "aicoin.operatorImage" -}}
{{- .Values.image | default (printf "ghcr.io/aicoin-dev/aicoin-operator:%s" .Chart.AppVersion) -}}
{{- end -}}

{{- define "aicoin.workerImage" -}}
{{- .Values.worker.image | default (printf "ghcr.io/aicoin-dev/aicoin-worker:%s" .Chart.AppVersion) -}}
{{- end -}}

{{/* What the level "restricted" of the Pod Security Standards asks for, and a little more. */}}
{{- define "aicoin.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "aicoin.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
