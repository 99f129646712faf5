package main

import (
	"bytes"
	"strings"
	"testing"
)

const good = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: good}
spec:
  template:
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: c
        image: i
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`

func ask(manifests string) (int, string) {
	var out, complaints bytes.Buffer
	code := run(strings.NewReader(manifests), &out, &complaints)
	return code, out.String() + complaints.String()
}

func TestARestrictedPodIsAllowed(t *testing.T) {
	list := "kind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(good), "\n", "\n  ")
	for _, manifests := range []string{good, "kind: ConfigMap\n---\n" + good, list} {
		if code, words := ask(manifests); code != 0 || words != "Deployment/good: allowed\n" {
			t.Fatalf("%d %s", code, words)
		}
	}
}

func TestAnythingLessIsForbiddenWithAReason(t *testing.T) {
	for _, test := range []struct{ from, to, words string }{
		{"runAsNonRoot: true, ", "", "runAsNonRoot != true"},
		{"drop: [ALL]", "drop: []", "unrestricted capabilities"},
		{"allowPrivilegeEscalation: false, ", "", "allowPrivilegeEscalation != false"},
		{"{type: RuntimeDefault}", "{type: Unconfined}", "seccompProfile"},
		{"      containers:", "      hostNetwork: true\n      containers:", "host namespaces"},
	} {
		bad := strings.Replace(good, test.from, test.to, 1)
		if code, words := ask(good + "---" + bad); code != 1 || !strings.Contains(words, test.words) {
			t.Fatalf("%s: %d %s", test.from, code, words)
		}
	}
}

func TestWithoutAPodThereIsNoVerdict(t *testing.T) {
	for _, manifests := range []string{"", "kind: ConfigMap", "# nothing", strings.Replace(good, "runAsNonRoot", "runAsNoRoot", 1)} {
		if code, words := ask(manifests); code != 2 {
			t.Fatalf("%d %s", code, words)
		}
	}
}
