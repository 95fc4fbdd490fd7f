package chatbotkittest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"

// TestUploads protects the forms of an upload in one request, and the stored file.
func TestUploads(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation("{}")
	for _, test := range []struct{ contentType, body, name, stored, data string }{
		{"application/json", `{"file":"data:text/plain;base64,aGVsbG8="}`, "", "text/plain", "hello"},
		{"application/json", `{"file":"data:,a%20b"}`, "", "text/plain", "a b"},
		{"application/json", `{"file":"DATA:,a%20b"}`, "", "text/plain", "a b"},
		{"application/json", `{"file":"http://h.example/pic.png"}`, "pic.png", "image/png", ""},
		{"application/json", `{"file":"https://h.example/pic.png?x=1"}`, "pic.png", "image/png", ""},
		{"multipart/form-data; boundary=b", form, "f.txt", "text/plain", "hello"},
		{"application/pdf", "hello", "", "application/pdf", "hello"},
	} {
		response := a.as("Content-Type", test.contentType).post(path+"/attachment/upload", test.body)
		all := a.Attachments(id)
		got := all[len(all)-1]
		if got.ID != response["id"] || got.Name != test.name || got.Type != test.stored || string(got.Data) != test.data || response["uploadRequest"] != nil {
			t.Errorf("%s %s: %+v %v", test.contentType, test.body, got, response)
		}
	}
	caller := a.as("Content-Type", "multipart/form-data; boundary=b")
	caller.refused("POST", path+"/attachment/upload", strings.Replace(form, `"file"`, `"data"`, 1), 400, "BAD_REQUEST")
	a.as("Content-Type", "text/plain").refused("POST", "/conversation/none/attachment/upload", "x", 404, "NOT_FOUND")
}

// TestUploadCap protects the limit of the web tier, whose response is not JSON.
func TestUploadCap(t *testing.T) {
	t.Parallel()
	a := start(t).as("Content-Type", "text/plain")
	_, path := a.conversation("{}")
	a.post(path+"/attachment/upload", strings.Repeat("x", 4718592))
	status, header, body := a.raw("POST", path+"/attachment/upload", strings.Repeat("x", 4718593))
	if status != 413 || strings.HasPrefix(header.Get("Content-Type"), "application/json") || strings.HasPrefix(body, "{") {
		t.Error(status, header, body)
	}
}

// TestPresigned protects the upload in two steps: to another origin, with exactly
// the header that was given, a length, and no key.
func TestPresigned(t *testing.T) {
	t.Parallel()
	a := start(t)
	id, path := a.conversation("{}")
	response := a.as("Content-Type", "application/json").post(path+"/attachment/upload", `{"file":{"type":"text/plain","size":5,"name":"f.txt"}}`)
	upload := response["uploadRequest"].(object)
	url := upload["url"].(string)
	want := object{"Content-Length": "5", "Content-Type": "text/plain", "Content-Disposition": "attachment; filename=f.txt"}
	if diff := cmp.Diff(want, upload["headers"]); diff != "" || upload["method"] != "PUT" || strings.HasPrefix(url, a.URL[:len(a.URL)-3]) {
		t.Error(diff, upload)
	}
	put := func(caller *api, url, body string, chunked bool) int {
		req, _ := http.NewRequestWithContext(t.Context(), "PUT", url, strings.NewReader(body))
		req.Header = caller.header
		if chunked {
			req.ContentLength = -1
		}
		resp, err := a.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	right := a.as("Authorization", "").as("Content-Type", "text/plain").as("Content-Disposition", "attachment; filename=f.txt")
	for _, test := range []struct {
		caller  *api
		url     string
		body    string
		chunked bool
		status  int
	}{
		{right, url, "hello", true, 411},
		{right.as("Authorization", "Bearer x"), url, "hello", false, 400},
		{right.as("Content-Type", "text/html"), url, "hello", false, 403},
		{right.as("Content-Disposition", ""), url, "hello", false, 403},
		{right, url, "hell", false, 403},
		{right, strings.Split(url, "?")[0], "hello", false, 403},
		{right, url, "hello", false, 200},
	} {
		if got := a.Attachments(id); len(got) != 0 {
			t.Error("stored too early:", got)
		}
		if status := put(test.caller, test.url, test.body, test.chunked); status != test.status {
			t.Errorf("%d, want %d", status, test.status)
		}
	}
	if got := a.Attachments(id); len(got) != 1 || string(got[0].Data) != "hello" {
		t.Error(got)
	}
	download := response["downloadRequest"].(object)["url"].(string)
	if _, _, body := right.raw("GET", download, ""); body != "hello" {
		t.Error(body)
	}
	requests := a.Requests()
	if last := requests[len(requests)-1]; last.Route != "/attachments/{attachmentId}" || last.Host == requests[0].Host {
		t.Error(last)
	}
}

// TestAttachmentList protects the cursor of the store, which is no id, may follow
// a short page, and is null at the end.
func TestAttachmentList(t *testing.T) {
	t.Parallel()
	a := start(t)
	_, path := a.conversation("{}")
	raw, pending := a.as("Content-Type", "text/plain"), a.as("Content-Type", "application/json")
	var ids []any
	for i := range 4 {
		if i == 1 {
			pending.post(path+"/attachment/upload", `{"file":{"type":"text/plain","size":5}}`)
			continue
		}
		ids = append(ids, raw.post(path+"/attachment/upload", "hello")["id"])
	}
	first := a.get(path + "/attachment/list?take=2")
	items := first["items"].([]any)
	if len(items) != 1 || items[0].(object)["id"] != ids[0] || items[0].(object)["size"] != 5.0 {
		t.Error(first)
	}
	cursor := first["cursor"].(string)
	if cursor == ids[0] {
		t.Error("the cursor is an id")
	}
	last := a.get(path + "/attachment/list?take=2&cursor=" + cursor)
	if value, present := last["cursor"]; len(last["items"].([]any)) != 2 || !present || value != nil {
		t.Error(last)
	}
	a.refused("GET", path+"/attachment/list?cursor=mine", "", 400, "BAD_REQUEST")
	if events := a.stream("GET", path+"/attachment/list", ""); len(events) != 3 {
		t.Error(events)
	}
	a.refused("GET", "/conversation/none/attachment/list", "", 404, "NOT_FOUND")
}
