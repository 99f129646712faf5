package main

import (
	"fmt"
	"reflect"
	"sort"

	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// compare finds what objects and clients of the old definition would lose: fields, words, room in ranges, optional fields
// that are now needed, versions, names. A new rule is a loss too, because nobody can tell what it forbids.
func compare(oldPath, newPath string) ([]string, error) {
	old, err := read(oldPath)
	if err != nil {
		return nil, err
	}
	new, err := read(newPath)
	if err != nil {
		return nil, err
	}
	var losses losses
	losses.same("spec.group", old.Spec.Group, new.Spec.Group)
	losses.same("spec.scope", old.Spec.Scope, new.Spec.Scope)
	losses.same("spec.names.kind", old.Spec.Names.Kind, new.Spec.Names.Kind)
	losses.same("spec.names.plural", old.Spec.Names.Plural, new.Spec.Names.Plural)
	losses.keeps("spec.names.shortNames", old.Spec.Names.ShortNames, new.Spec.Names.ShortNames)
	for _, version := range old.Spec.Versions {
		now := find(new.Spec.Versions, version.Name)
		if now == nil || (version.Served && !now.Served) {
			losses.add(version.Name, "is no longer served")
			continue
		}
		if version.Subresources != nil && version.Subresources.Status != nil &&
			(now.Subresources == nil || now.Subresources.Status == nil) {
			losses.add(version.Name, "has no status subresource any more")
		}
		losses.columns(version, *now)
		losses.schema(version.Name, version.Schema.OpenAPIV3Schema, now.Schema.OpenAPIV3Schema)
	}
	return losses.found, nil
}

func find(versions []v1.CustomResourceDefinitionVersion, name string) *v1.CustomResourceDefinitionVersion {
	for i := range versions {
		if versions[i].Name == name {
			return &versions[i]
		}
	}
	return nil
}

type losses struct{ found []string }

func (l *losses) add(path, words string) {
	l.found = append(l.found, path+": "+words)
}

func (l *losses) same(path string, old, new any) {
	if !reflect.DeepEqual(old, new) {
		l.add(path, fmt.Sprintf("was %v, is %v", show(old), show(new)))
	}
}

// keeps says which of the old are no longer there.
func (l *losses) keeps(path string, old, new []string) {
	for _, name := range old {
		if !has(new, name) {
			l.add(path, fmt.Sprintf("%q is gone", name))
		}
	}
}

// columns are what scripts cut out of `kubectl get`.
func (l *losses) columns(old, new v1.CustomResourceDefinitionVersion) {
	names := func(columns []v1.CustomResourceColumnDefinition) (names []string) {
		for _, column := range columns {
			names = append(names, column.Name)
		}
		return names
	}
	l.keeps(old.Name+" columns", names(old.AdditionalPrinterColumns), names(new.AdditionalPrinterColumns))
}

func (l *losses) schema(path string, old, new *v1.JSONSchemaProps) {
	l.same(path+" type", old.Type, new.Type)
	l.same(path+" format", old.Format, new.Format)
	l.same(path+" default", text(old.Default), text(new.Default))
	l.same(path+" x-kubernetes-int-or-string", old.XIntOrString, new.XIntOrString)
	l.same(path+" x-kubernetes-list-type", old.XListType, new.XListType)
	l.same(path+" x-kubernetes-list-map-keys", old.XListMapKeys, new.XListMapKeys)
	l.same(path+" x-kubernetes-map-type", old.XMapType, new.XMapType)
	if old.Nullable && !new.Nullable {
		l.add(path, "may no longer be null")
	}
	if old.XPreserveUnknownFields != nil && *old.XPreserveUnknownFields &&
		(new.XPreserveUnknownFields == nil || !*new.XPreserveUnknownFields) {
		l.add(path, "no longer keeps unknown fields")
	}
	if new.Pattern != old.Pattern {
		l.add(path, fmt.Sprintf("has another pattern: %q, was %q", new.Pattern, old.Pattern))
	}
	l.words(path, old, new)
	l.atMost(path+" maxLength", old.MaxLength, new.MaxLength)
	l.atMost(path+" maxItems", old.MaxItems, new.MaxItems)
	l.atMost(path+" maxProperties", old.MaxProperties, new.MaxProperties)
	l.atLeast(path+" minLength", old.MinLength, new.MinLength)
	l.atLeast(path+" minItems", old.MinItems, new.MinItems)
	l.atLeast(path+" minProperties", old.MinProperties, new.MinProperties)
	l.atMost(path+" maximum", old.Maximum, new.Maximum)
	l.atLeast(path+" minimum", old.Minimum, new.Minimum)
	for _, name := range new.Required {
		if !has(old.Required, name) {
			l.add(path+"."+name, "is now needed")
		}
	}
	l.rules(path, old, new)
	l.fields(path, old, new)
}

func (l *losses) fields(path string, old, new *v1.JSONSchemaProps) {
	names := make([]string, 0, len(old.Properties))
	for name := range old.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		before := old.Properties[name]
		now, there := new.Properties[name]
		if !there {
			l.add(path+"."+name, "is gone")
			continue
		}
		l.schema(path+"."+name, &before, &now)
	}
	if old.Items != nil && old.Items.Schema != nil {
		if new.Items == nil || new.Items.Schema == nil {
			l.add(path+"[]", "is gone")
		} else {
			l.schema(path+"[]", old.Items.Schema, new.Items.Schema)
		}
	}
	if old.AdditionalProperties != nil && old.AdditionalProperties.Schema != nil {
		if new.AdditionalProperties == nil || new.AdditionalProperties.Schema == nil {
			l.add(path+"{}", "is gone")
		} else {
			l.schema(path+"{}", old.AdditionalProperties.Schema, new.AdditionalProperties.Schema)
		}
	}
}

func (l *losses) words(path string, old, new *v1.JSONSchemaProps) {
	raw := func(words []v1.JSON) (texts []string) {
		for _, word := range words {
			texts = append(texts, string(word.Raw))
		}
		return texts
	}
	if len(old.Enum) == 0 && len(new.Enum) > 0 {
		l.add(path, "takes only some words now")
	}
	if len(new.Enum) > 0 {
		l.keeps(path, raw(old.Enum), raw(new.Enum))
	}
}

func (l *losses) rules(path string, old, new *v1.JSONSchemaProps) {
	for _, rule := range new.XValidations {
		known := false
		for _, before := range old.XValidations {
			known = known || before.Rule == rule.Rule
		}
		if !known {
			l.add(path, fmt.Sprintf("has a new rule: %s", rule.Rule))
		}
	}
}

func (l *losses) atMost(path string, old, new any) {
	was, bounded := number(old)
	is, still := number(new)
	if still && (!bounded || is < was) {
		l.add(path, fmt.Sprintf("was %s, is %s", bound(was, bounded), bound(is, still)))
	}
}

func (l *losses) atLeast(path string, old, new any) {
	was, bounded := number(old)
	is, still := number(new)
	if still && (!bounded || is > was) {
		l.add(path, fmt.Sprintf("was %s, is %s", bound(was, bounded), bound(is, still)))
	}
}

func bound(value float64, there bool) string {
	if !there {
		return "unbounded"
	}
	return fmt.Sprint(value)
}

func number(value any) (float64, bool) {
	switch value := value.(type) {
	case *int64:
		if value != nil {
			return float64(*value), true
		}
	case *float64:
		if value != nil {
			return *value, true
		}
	}
	return 0, false
}

func text(value *v1.JSON) string {
	if value == nil {
		return "none"
	}
	return string(value.Raw)
}

func show(value any) any {
	pointer := reflect.ValueOf(value)
	if pointer.Kind() == reflect.Pointer {
		if pointer.IsNil() {
			return "none"
		}
		return pointer.Elem().Interface()
	}
	return value
}

func has(all []string, one string) bool {
	for _, name := range all {
		if name == one {
			return true
		}
	}
	return false
}
