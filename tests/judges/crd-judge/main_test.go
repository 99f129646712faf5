package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const ours = "../../../crds/tradingbots.aicoin.dev.yaml"

func ask(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out, complaints bytes.Buffer
	code := run(args, &out, &complaints)
	return code, out.String() + complaints.String()
}

// changed writes our definition with one text in place of another.
func changed(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("there is no %q", from)
	}
	path := filepath.Join(t.TempDir(), "crd.yaml")
	err = os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOurDefinitionIsValid(t *testing.T) {
	if code, words := ask(t, ours); code != 0 {
		t.Fatal(words)
	}
}

func TestADefinitionThatTheAPIServerWouldRefuseIsRefused(t *testing.T) {
	for _, test := range []struct{ name, from, to, words string }{
		{"wrong name", "name: tradingbots.aicoin.dev", "name: bots.aicoin.dev", "must be spec.names.plural"},
		{"no type", "acknowledgeRisk:\n                description: '\"I know that this can lose my money\": `Live` asks for it.'\n                type: boolean", "acknowledgeRisk: {}", "must not be empty for specified object fields"},
		{"CEL that does not compile", "rule: self == oldSelf", "rule: self == oldself", "undeclared reference"},
		{"CEL that is too dear", "rule: self >= 1 && self <= 50", "rule: string(self) + 'x' != ''", "exceeds budget"},
		{"a list map without its key", "- type\n                x-kubernetes-list-type: map", "- kind\n                x-kubernetes-list-type: map", "kind"},
		{"a default that the schema refuses", "default: Paper", "default: Play", "Unsupported value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, words := ask(t, changed(t, test.from, test.to))
			if code != 1 || !strings.Contains(words, test.words) {
				t.Fatalf("%d %s", code, words)
			}
		})
	}
}

func TestWhatIsNoDefinitionCannotBeAsked(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"nowhere.yaml"},
		{"../../../examples/quickstart.yaml"},
		{changed(t, "scope: Namespaced", "scoop: Namespaced")},
	} {
		if code, words := ask(t, args...); code != 2 {
			t.Fatalf("%v: %d %s", args, code, words)
		}
	}
}

func TestNothingIsLostFromADefinitionToItself(t *testing.T) {
	if code, words := ask(t, ours, ours); code != 0 {
		t.Fatal(words)
	}
}

func TestALossIsFound(t *testing.T) {
	for _, test := range []struct{ name, from, to, words string }{
		{"a field", "              acknowledgeRisk:", "              acknowledgeRisks:", "v1alpha1.spec.acknowledgeRisk: is gone"},
		{"a word", "                - Testnet\n", "", `v1alpha1.spec.mode: "\"Testnet\"" is gone`},
		{"room", "maxItems: 20", "maxItems: 10", "v1alpha1.spec.markets maxItems: was 20, is 10"},
		{"an option", "            - decision\n            - markets\n", "            - decision\n            - markets\n            - mode\n", "v1alpha1.spec.mode: is now needed"},
		{"a freedom", "                - message: the list is empty", "                - rule: size(self) < 9\n                - message: the list is empty", "v1alpha1.spec.markets: has a new rule: size(self) < 9"},
		{"a default", "default: Paper", "default: Testnet", `v1alpha1.spec.mode default: was "Paper", is "Testnet"`},
		{"a type", "                type: boolean", "                type: string", "v1alpha1.spec.acknowledgeRisk type: was boolean, is string"},
		{"a column", "name: Restarts", "name: Starts", `v1alpha1 columns: "Restarts" is gone`},
		{"a short name", "    - tb\n", "    - bot\n", `spec.names.shortNames: "tb" is gone`},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, words := ask(t, ours, changed(t, test.from, test.to))
			if code != 1 || !strings.Contains(words, test.words) {
				t.Fatalf("%d %s", code, words)
			}
		})
	}
}

func TestMoreIsNoLoss(t *testing.T) {
	for _, test := range []struct{ name, from, to string }{
		{"a field", "              acknowledgeRisk:", "              another:\n                type: string\n              acknowledgeRisk:"},
		{"a word", "                - Testnet\n", "                - Testnet\n                - Replay\n"},
		{"room", "maxItems: 20", "maxItems: 30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if code, words := ask(t, ours, changed(t, test.from, test.to)); code != 0 {
				t.Fatalf("%d %s", code, words)
			}
		})
	}
}
