package webchattest

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/confab-go/confab/internal/fakeapi"
)

const pageSize = 40

// listQuery is the query of a list. It reads sort and filters with brackets and with
// dots, because the form is not documented.
type listQuery struct {
	limit     int
	after     string
	field     string
	ascending bool
	any       bool
	filters   map[string]map[string]string // by their index
}

func parseList(query url.Values) (q listQuery, err error) {
	q = listQuery{limit: pageSize, field: "createdAt", filters: map[string]map[string]string{}}
	for key, values := range query {
		if err := q.set(segments(key), values[0]); err != nil {
			return q, err
		}
	}
	if len(q.filters) > 5 {
		return q, badRequest(`"filters" must have 1 to 5 items`)
	}
	return q, nil
}

// segments splits sort[field] and sort.field.
func segments(key string) []string {
	return strings.FieldsFunc(key, func(r rune) bool { return strings.ContainsRune("[].", r) })
}

var choices = map[string][]string{"sort.field": {"createdAt", "lastSeen"}, "sort.order": {"asc", "desc"}, "match": {"all", "any"}}

func (q *listQuery) set(path []string, value string) error {
	key := strings.Join(path, ".")
	if allowed, ok := choices[key]; ok && !slices.Contains(allowed, value) {
		return badRequest("%q must be one of %v", key, allowed)
	}
	switch {
	case key == "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > pageSize {
			return badRequest(`"limit" must be a number from 1 to 40`)
		}
		q.limit = n
	case key == "after":
		if len(value) != 24 {
			return badRequest(`"after" length must be 24 characters long`)
		}
		q.after = value
	case key == "sort.field":
		q.field = value
	case key == "sort.order":
		q.ascending = value == "asc"
	case key == "match":
		q.any = value == "any"
	case len(path) == 3 && path[0] == "filters":
		if q.filters[path[1]] == nil {
			q.filters[path[1]] = map[string]string{}
		}
		q.filters[path[1]][path[2]] = value
	default:
		return badRequest("%q is not allowed", key)
	}
	return nil
}

func (s *Server) listUsers(c *fakeapi.Call) (any, error) {
	q, err := parseList(c.R.URL.Query())
	if err != nil {
		return nil, err
	}
	var found []*user
	for _, u := range s.users {
		fits, err := q.fits(u)
		switch {
		case err != nil:
			return nil, err
		case fits:
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *user) int {
		if !q.ascending {
			a, b = b, a
		}
		byField := a.CreatedAt.Compare(b.CreatedAt)
		if q.field == "lastSeen" {
			byField = s.lastSeen(a).Compare(s.lastSeen(b))
		}
		return cmp.Or(byField, a.number-b.number)
	})
	data := []object{}
	for _, u := range q.page(found) {
		data = append(data, s.listed(u))
	}
	return object{"data": data, "count": len(data)}, nil
}

// page returns the users after the cursor. After an unknown cursor there are none.
func (q listQuery) page(all []*user) []*user {
	if q.after != "" {
		at := slices.IndexFunc(all, func(u *user) bool { return u.ID == q.after })
		if at < 0 {
			return nil
		}
		all = all[at+1:]
	}
	return all[:min(len(all), q.limit)]
}

// fits reports whether a user matches the filters of the query: any of them or all.
func (q listQuery) fits(u *user) (bool, error) {
	matched := 0
	for _, filter := range q.filters {
		fits, err := filterFits(u, filter)
		if err != nil {
			return false, err
		}
		if fits {
			matched++
		}
	}
	return matched == len(q.filters) || q.any && matched > 0, nil
}

// filterFits compares by the filters {type, value}, and {type, name, value} for
// attributes. The types are the product's, in any spelling.
func filterFits(u *user, filter map[string]string) (bool, error) {
	if !slices.Contains([]string{"", "is", "eq", "equal", "equals"}, filter["operator"]) {
		return false, badRequest("the operator %q is not known here", filter["operator"])
	}
	value := filter["value"]
	switch strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(filter["type"])) {
	case "segment":
		return slices.Contains(u.Segments, value), nil
	case "userid", "customeruserid":
		return u.UserID == value, nil
	case "defaultemail":
		return u.Attributes["default_email"] == value, nil
	case "defaultname":
		return u.Attributes["default_name"] == value, nil
	case "attribute":
		return u.Attributes[filter["name"]] == value, nil
	case "banned":
		return strconv.FormatBool(u.Banned) == value, nil
	}
	return false, badRequest("the type of filter %q is not known here", filter["type"])
}

// setCursor serves the faults RepeatCursor and Cursor.
func setCursor(page map[string]json.RawMessage, cursor string) {
	var users []object
	_ = json.Unmarshal(page["data"], &users)
	if len(users) > 0 {
		users[len(users)-1]["id"] = cursor
		page["data"] = fakeapi.JSONL(users)
	}
}
