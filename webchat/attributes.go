package webchat

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/confab-go/confab/internal/check"
)

// The documented attributes. Not every operation documents all of them: region and
// username belong to new and listed users, id and real_name to updates and sessions.
// Any other key is a custom attribute.
const (
	AttributeEmail    = "default_email"
	AttributeName     = "default_name" // at most 256 characters
	AttributeURL      = "default_url"
	AttributeAvatar   = "default_avatar"
	AttributeLanguage = "default_language"
	AttributeTimezone = "default_timezone"
	AttributeGender   = "default_gender"
	AttributeIP       = "default_ip"
	AttributeCity     = "default_city"
	AttributeRegion   = "default_region"
	AttributeCountry  = "default_country"
	AttributeReferrer = "default_referrer"
	AttributeUsername = "default_username"
	AttributeID       = "default_id"
	AttributeRealName = "default_real_name"
)

// Attributes are attributes of a user or a session in a request:
//
//	webchat.Attributes{webchat.AttributeEmail: "joe@example.com", "plan": "gold"}
//
// A key has 1 to 128 characters of A-Z, a-z, 0-9, underscore and hyphen. A value has
// 1 to 1024 characters. The value of [AttributeName] has at most 256 for a user or a
// session.
type Attributes map[string]string

const maxAttributes = 99

var attributeKey = regexp.MustCompile(`^[\w-]{1,128}$`)

// check checks the attributes of a user or a session.
func (a Attributes) check() error {
	return cmp.Or(
		check.Must(len(a) > 0, "attributes", "must have at least one entry"),
		a.checkEntries("attributes"),
		check.MaxLength("attributes."+AttributeName, a[AttributeName], 256),
	)
}

// checkEntries checks what the attributes of a user and the parameters of a query
// have in common.
func (a Attributes) checkEntries(field string) error {
	if err := check.Must(len(a) <= maxAttributes, field, fmt.Sprintf("must have at most %d entries (length %d)", maxAttributes, len(a))); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if err := check.Pattern(field+": a key", key, attributeKey); err != nil {
			return err
		}
		if err := checkLength(field+"."+key, a[key], 1, 1024); err != nil {
			return err
		}
	}
	return nil
}

// checkLength refuses a text that is certainly shorter than min or longer than max.
func checkLength(field, value string, min, max int) error {
	return cmp.Or(check.MinLength(field, value, min), check.MaxLength(field, value, max))
}

// AttributeValues are attributes in a response. A nil value stands for null, which
// differs from an empty value and from a key that is absent. The documented values
// are strings. A value of another kind is kept as its JSON text.
type AttributeValues map[string]*string

// Get returns the value of a key. It returns "" for null and for an absent key.
func (a AttributeValues) Get(key string) string {
	if value := a[key]; value != nil {
		return *value
	}
	return ""
}

// Attributes returns the values that are neither null nor empty, in the form that
// requests take.
func (a AttributeValues) Attributes() Attributes {
	all := make(Attributes, len(a))
	for key := range a {
		if value := a.Get(key); value != "" {
			all[key] = value
		}
	}
	return all
}

// UnmarshalJSON reads an object, whose values may be of any kind. It returns an
// error for anything but an object or null.
func (a *AttributeValues) UnmarshalJSON(data []byte) error {
	var values map[string]json.RawMessage
	*a = nil
	if err := json.Unmarshal(data, &values); err != nil || values == nil {
		return err
	}
	*a = make(AttributeValues, len(values))
	for key, raw := range values {
		switch raw[0] {
		case 'n':
			(*a)[key] = nil
		case '"':
			var text string
			_ = json.Unmarshal(raw, &text) // cannot fail for a JSON string
			(*a)[key] = &text
		default:
			(*a)[key] = new(strings.ToValidUTF8(string(raw), "\uFFFD"))
		}
	}
	return nil
}
