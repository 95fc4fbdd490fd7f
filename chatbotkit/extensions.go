package chatbotkit

import (
	"cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/check"
)

// Extensions adds to a bot for one request. The server ignores them if the key is
// the token of a session (unverified).
type Extensions struct {
	// Backstory is added to the bot's own.
	Backstory string           `json:"backstory,omitzero"`
	Datasets  []InlineDataset  `json:"datasets,omitzero"`
	Skillsets []InlineSkillset `json:"skillsets,omitzero"`
	Features  []Feature        `json:"features,omitzero"`
}

// InlineDataset is knowledge that is sent with a request. Records must not be nil.
type InlineDataset struct {
	Name        string         `json:"name,omitzero"`
	Description string         `json:"description,omitzero"`
	Records     []InlineRecord `json:"records"`
}

// InlineRecord is one text of an [InlineDataset]. Text is required.
type InlineRecord struct {
	Text string      `json:"text"`
	Meta confab.Meta `json:"meta,omitzero"`
}

// InlineSkillset is a set of abilities that is sent with a request. Abilities must
// not be nil.
type InlineSkillset struct {
	Name        string          `json:"name,omitzero"`
	Description string          `json:"description,omitzero"`
	Abilities   []InlineAbility `json:"abilities"`
}

// InlineAbility is one ability of an [InlineSkillset]. Name, Description and
// Instruction are required.
//
// The documentation names the ability's secret SecretID, newer servers name it
// LinkedSecretID (unverified). A server rejects the name that it does not know, so
// set the one that yours accepts. Only newer servers know LinkedSpaceID.
type InlineAbility struct {
	Name           string      `json:"name"`
	Description    string      `json:"description"`
	Instruction    string      `json:"instruction"`
	SecretID       string      `json:"secretId,omitzero"`
	LinkedSecretID string      `json:"linkedSecretId,omitzero"`
	LinkedSpaceID  string      `json:"linkedSpaceId,omitzero"`
	Meta           confab.Meta `json:"meta,omitzero"`
}

// Feature turns on a feature of the bot, such as markdown, memory or vision.
type Feature struct {
	// Name is required.
	Name    string         `json:"name"`
	Options map[string]any `json:"options,omitzero"`
}

func (e Extensions) check() error {
	return cmp.Or(
		check.Each("extensions.datasets", e.Datasets, func(d InlineDataset, at string) error {
			return cmp.Or(
				check.Must(d.Records != nil, at+".records", "must not be nil"),
				check.Each(at+".records", d.Records, func(r InlineRecord, at string) error { return check.Required(at+".text", r.Text) }),
			)
		}),
		check.Each("extensions.skillsets", e.Skillsets, func(s InlineSkillset, at string) error {
			return cmp.Or(
				check.Must(s.Abilities != nil, at+".abilities", "must not be nil"),
				check.Each(at+".abilities", s.Abilities, func(a InlineAbility, at string) error {
					return cmp.Or(
						check.Required(at+".name", a.Name),
						check.Required(at+".description", a.Description),
						check.Required(at+".instruction", a.Instruction),
					)
				}),
			)
		}),
		check.Each("extensions.features", e.Features, func(f Feature, at string) error { return check.Required(at+".name", f.Name) }),
	)
}
