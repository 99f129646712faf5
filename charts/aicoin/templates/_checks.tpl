{{/*
Rules between values, which a schema cannot say. Each sentence names the value and the fix.
*/}}
{{- define "aicoin.checks" -}}
{{- $times := .Values.leaderElection -}}
{{- $lease := $times.leaseDuration | trimSuffix "s" | int -}}
{{- $renew := $times.renewDeadline | trimSuffix "s" | int -}}
{{- $retry := $times.retryPeriod | trimSuffix "s" | int -}}
{{- if ge $renew $lease -}}
{{- fail (printf "leaderElection.renewDeadline (%s) must be shorter than leaderElection.leaseDuration (%s): a leader has to give up before another may take over." $times.renewDeadline $times.leaseDuration) -}}
{{- end -}}
{{- if ge $retry $renew -}}
{{- fail (printf "leaderElection.retryPeriod (%s) must be shorter than leaderElection.renewDeadline (%s): a leader needs more than one try." $times.retryPeriod $times.renewDeadline) -}}
{{- end -}}
{{- if and .Values.extraCA (not (contains "-----BEGIN CERTIFICATE-----" .Values.extraCA)) -}}
{{- fail "extraCA must hold certificates in PEM form (-----BEGIN CERTIFICATE-----): set it with --set-file extraCA=ca.crt." -}}
{{- end -}}
{{- if contains "PRIVATE KEY" .Values.extraCA -}}
{{- fail "extraCA holds a private key: give the certificate of the authority only, it is copied into ConfigMaps." -}}
{{- end -}}
{{- end -}}
