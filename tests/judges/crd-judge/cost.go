package main

import (
	"math"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// cost is what all rules of a schema may cost at worst, by the API server's own estimate of each: a figure to watch. Whether
// it is too much is the validation's word.
func cost(root *apiextensions.JSONSchemaProps) (uint64, error) {
	structural, err := schema.NewStructural(root)
	if err != nil {
		return 0, err
	}
	return costOf(structural, true, 1)
}

// costOf adds up a schema that may occur so many times in an object.
func costOf(s *schema.Structural, isRoot bool, times uint64) (uint64, error) {
	results, err := cel.Compile(
		s,
		model.SchemaDeclType(s, isRoot),
		celconfig.PerCallLimit,
		environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()),
		cel.NewExpressionsEnvLoader(),
	)
	if err != nil {
		return 0, err
	}
	var sum uint64
	for _, result := range results {
		sum = plus(sum, by(plus(result.MaxCost, result.MessageExpressionMaxCost), times))
	}
	below := func(inner *schema.Structural, most *int64) error {
		each := uint64(math.MaxUint32)
		if most != nil {
			each = uint64(*most)
		}
		cost, err := costOf(inner, false, by(times, each))
		sum = plus(sum, cost)
		return err
	}
	one := int64(1)
	for name := range s.Properties {
		field := s.Properties[name]
		if err := below(&field, &one); err != nil {
			return 0, err
		}
	}
	if s.Items != nil {
		if err := below(s.Items, s.ValueValidation.MaxItems); err != nil {
			return 0, err
		}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		if err := below(s.AdditionalProperties.Structural, s.ValueValidation.MaxProperties); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

func plus(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

func by(a, b uint64) uint64 {
	if b != 0 && a > math.MaxUint64/b {
		return math.MaxUint64
	}
	return a * b
}
