package webchat

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/confab-go/confab/internal/check"
)

// The attributes that the API knows by name. Which of them an operation lists
// differs: region and username are listed for new and listed users, id and
// real_name for updates and sessions. Any other key is a custom attribute.
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

// Attributes are what is known of a user or in a session, to be sent:
//
//	webchat.Attributes{webchat.AttributeEmail: "joe@example.com", "plan": "gold"}
//
// A key has 1 to 128 letters of A-Z and a-z, digits, underscores and hyphens. A
// value has 1 to 1024 characters, that of [AttributeName] for a user or a
// session at most 256.
type Attributes map[string]string

const maxAttributes = 99

var attributeKey = regexp.MustCompile(`^[\w-]{1,128}$`)

// check checks the attributes of a user or a session.
func (a Attributes) check() error {
	return check.First(
		check.That(len(a) > 0, "attributes", "must have at least one entry"),
		a.checkEntries("attributes"),
		check.MaxLength("attributes."+AttributeName, a[AttributeName], 256),
	)
}

func (a Attributes) checkEntries(field string) error {
	if err := check.That(len(a) <= maxAttributes, field, fmt.Sprintf("must have at most %d entries (length %d)", maxAttributes, len(a))); err != nil {
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

// checkLength refuses a text that is surely shorter than min or longer than max.
func checkLength(field, value string, min, max int) error {
	return check.First(check.MinLength(field, value, min), check.MaxLength(field, value, max))
}

// AttributeValues are attributes as the API gives them. A nil value stands for
// null, which is apart from an empty one and from a key that is not there. Values
// are strings; should another kind come, it is kept as its JSON.
type AttributeValues map[string]*string

// Get gives the value of a key, empty where it is null or not there.
func (a AttributeValues) Get(key string) string {
	if value := a[key]; value != nil {
		return *value
	}
	return ""
}

// Attributes gives the values that are neither null nor empty, in the form in
// which they are sent.
func (a AttributeValues) Attributes() Attributes {
	all := make(Attributes, len(a))
	for key := range a {
		if value := a.Get(key); value != "" {
			all[key] = value
		}
	}
	return all
}

// UnmarshalJSON reads an object. Anything else is no attributes.
func (a *AttributeValues) UnmarshalJSON(data []byte) error {
	var values map[string]*scalar
	_ = json.Unmarshal(data, &values)
	*a = nil
	if values == nil {
		return nil
	}
	*a = make(AttributeValues, len(values))
	for key, value := range values {
		(*a)[key] = (*string)(value)
	}
	return nil
}
