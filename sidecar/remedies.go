package main

import (
	"cmp"
	"encoding/json"
)

// remedied gives a refusal what a person can do about it: of the server that the request's params name,
// or of the one that there is.
func (b *binding) remedied(params []byte, err error) error {
	select {
	case <-b.made:
	default:
		return err // it is of a method that needs no service
	}
	if b.service == nil {
		return err
	}
	var named struct {
		Name string `json:"name"`
		Spec struct {
			Name string `json:"name"`
		} `json:"spec"`
	}
	_ = json.Unmarshal(params, &named) // they were decoded before
	return b.service.Remedied(err, cmp.Or(named.Name, named.Spec.Name))
}
