// pod-judge reads manifests on its standard input and says of each pod, and of each pod template in it, whether
// Kubernetes' own admission would let it into a namespace of the level "restricted".
//
// Exit code 0: all are allowed, and there is one at least. 1: one is forbidden, with a line that says why. 2: it could
// not be asked, or there is no pod.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

func main() {
	os.Exit(run(os.Stdin, os.Stdout, os.Stderr))
}

func run(in io.Reader, out, complaints io.Writer) int {
	pods, err := read(in)
	if err == nil && len(pods) == 0 {
		err = errors.New("there is no pod in what I was given")
	}
	if err != nil {
		fmt.Fprintln(complaints, "pod-judge:", err)
		return 2
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		fmt.Fprintln(complaints, "pod-judge:", err)
		return 2
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	code := 0
	for _, pod := range pods {
		verdict := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.meta, &pod.spec))
		if verdict.Allowed {
			fmt.Fprintf(out, "%s: allowed\n", pod.title)
			continue
		}
		fmt.Fprintf(out, "%s: forbidden: %s\n", pod.title, verdict.ForbiddenDetail())
		code = 1
	}
	return code
}

type pod struct {
	title string
	meta  metav1.ObjectMeta
	spec  corev1.PodSpec
}

// object is the part of any object that may hold a pod.
type object struct {
	Kind     string            `json:"kind"`
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     json.RawMessage   `json:"spec"`
	Template json.RawMessage   `json:"template"`
	Items    []json.RawMessage `json:"items"`
}

func read(in io.Reader) ([]pod, error) {
	var pods []pod
	documents := utilyaml.NewYAMLReader(bufio.NewReader(in))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return pods, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		text, err := yaml.YAMLToJSON(document)
		if err != nil {
			return nil, err
		}
		found, err := podsOf(text)
		if err != nil {
			return nil, err
		}
		pods = append(pods, found...)
	}
}

func podsOf(text []byte) ([]pod, error) {
	var object object
	if bytes.Equal(text, []byte("null")) {
		return nil, nil
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	title := object.Kind + "/" + object.Metadata.Name
	switch object.Kind {
	case "Pod":
		return one(title, object.Metadata, object.Spec)
	case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job":
		return template(title, object.Spec, "template")
	case "CronJob":
		return template(title, object.Spec, "jobTemplate", "spec", "template")
	case "PodTemplate":
		return template(title, text, "template")
	}
	var pods []pod
	for _, item := range object.Items {
		found, err := podsOf(item)
		if err != nil {
			return nil, err
		}
		pods = append(pods, found...)
	}
	return pods, nil
}

// template finds the pod template at a path.
func template(title string, text json.RawMessage, path ...string) ([]pod, error) {
	for _, name := range path {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			return nil, fmt.Errorf("%s: %w", title, err)
		}
		text = fields[name]
	}
	var template struct {
		Metadata metav1.ObjectMeta `json:"metadata"`
		Spec     json.RawMessage   `json:"spec"`
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return nil, fmt.Errorf("%s: %w", title, err)
	}
	return one(title, template.Metadata, template.Spec)
}

func one(title string, meta metav1.ObjectMeta, text json.RawMessage) ([]pod, error) {
	var spec corev1.PodSpec
	// Strictly: a field that is misspelt would be no protection.
	if err := yaml.UnmarshalStrict(text, &spec); err != nil {
		return nil, fmt.Errorf("%s: %w", title, err)
	}
	return []pod{{title, meta, spec}}, nil
}
