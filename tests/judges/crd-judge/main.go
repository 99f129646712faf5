// crd-judge holds a CustomResourceDefinition against the rules of Kubernetes' own API server, without a cluster:
// structural schema, CEL that compiles and is not too dear, list maps, defaults.
//
//	crd-judge FILE       is it valid?
//	crd-judge OLD NEW    can NEW replace OLD, with all objects that OLD allowed?
//
// Exit code 0: yes. 1: no, with a line for each reason. 2: it could not be asked.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, out, complaints io.Writer) int {
	var reasons []string
	var err error
	switch len(args) {
	case 1:
		reasons, err = judge(args[0], out)
	case 2:
		reasons, err = compare(args[0], args[1])
	default:
		err = fmt.Errorf("usage: crd-judge FILE, or crd-judge OLD NEW")
	}
	if err != nil {
		fmt.Fprintln(complaints, "crd-judge:", err)
		return 2
	}
	for _, reason := range reasons {
		fmt.Fprintln(out, reason)
	}
	if len(reasons) > 0 {
		return 1
	}
	return 0
}

// read reads a definition as strictly as the API server does, and fills in its defaults.
func read(path string) (*apiextensionsv1.CustomResourceDefinition, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	definition := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, definition); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if definition.Kind != "CustomResourceDefinition" {
		return nil, fmt.Errorf("%s: this is a %q", path, definition.Kind)
	}
	scheme().Default(definition)
	return definition, nil
}

func scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	return scheme
}

func judge(path string, out io.Writer) ([]string, error) {
	definition, err := read(path)
	if err != nil {
		return nil, err
	}
	internal := &apiextensions.CustomResourceDefinition{}
	if err := scheme().Convert(definition, internal, nil); err != nil {
		return nil, err
	}
	// What the API server writes into a new one before it looks.
	internal.Status.StoredVersions = []string{}
	for _, version := range internal.Spec.Versions {
		if version.Storage {
			internal.Status.StoredVersions = append(internal.Status.StoredVersions, version.Name)
		}
	}
	var reasons []string
	for _, problem := range validation.ValidateCustomResourceDefinition(context.Background(), internal) {
		reasons = append(reasons, problem.Error())
	}
	if len(reasons) > 0 {
		return reasons, nil
	}
	for _, version := range internal.Spec.Versions {
		schema := version.Schema
		if schema == nil {
			schema = internal.Spec.Validation
		}
		cost, err := cost(schema.OpenAPIV3Schema)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "%s: valid; its rules cost at most %d of %d\n",
			version.Name, cost, uint64(validation.StaticEstimatedCRDCostLimit))
	}
	return nil, nil
}
