package confab_test

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// receiver returns the name of the type of a method.
func receiver(f *ast.FuncDecl) string {
	kind := f.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	return kind.(*ast.Ident).Name
}

// Protects callers from types that they cannot name: no exported function, method,
// field, type or variable is declared with a type of an internal package.
func TestExportsAreNotInternal(t *testing.T) {
	t.Parallel()
	seen := 0
	for name, file := range goFiles(t) {
		if strings.HasPrefix(name, "internal/") {
			continue
		}
		internal := map[string]bool{}
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if strings.Contains(imported, "confab/internal/") {
				internal[path.Base(imported)] = true
			}
		}
		ast.FileExports(file)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.BlockStmt:
				return false
			case *ast.ValueSpec:
				n.Values = nil
			case *ast.FuncDecl:
				seen++
				return n.Recv == nil || ast.IsExported(receiver(n))
			case *ast.SelectorExpr:
				if from, ok := n.X.(*ast.Ident); ok && internal[from.Name] {
					t.Errorf("%s exports %s.%s", name, from.Name, n.Sel.Name)
				}
			}
			return true
		})
	}
	if seen < 100 {
		t.Errorf("looked at %d functions", seen)
	}
}
