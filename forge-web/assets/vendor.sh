#!/bin/sh
# Brings the vendored front-end files, and writes down what was brought. Run by hand when the version changes.
# Needs npm, openssl, sed and sha256sum; nothing of it is needed to build or run the product.
# A test recomputes the hashes in vendor/vendor.toml.
set -eu

name=nhsuk-frontend
version=10.6.1
integrity='sha512-PZorqQZjZx/A26yJoskCL9z0ib6AtkAyF0o4K/RHr8zRrJyXrUOCnMbjy0VNXsGO4tfTNMwqlkwATKs4a0xayw=='

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$name@$version" >/dev/null)
tarball="$work/$name-$version.tgz"
found="sha512-$(openssl dgst -sha512 -binary "$tarball" | openssl base64 -A)"
[ "$found" = "$integrity" ] || { echo "the package is not the one we chose: $found" >&2; exit 1; }
tar -xzf "$tarball" -C "$work"
dist="$work/package/dist/nhsuk"

to="$here/vendor/$name"
rm -rf "$to"
mkdir -p "$to/images"
# The package's style sheet fetches a licensed font from another host: the two rules go, and the family becomes
# Arial. Icons are found beside the style sheet, wherever it is served.
sed -e 's/@font-face{[^}]*}//g' \
    -e 's/Frutiger W01,arial,sans-serif/Arial,sans-serif/g' \
    -e 's#/assets/images/#images/#g' \
    -e 's|/\*# sourceMappingURL=.*||' \
    "$dist/nhsuk-frontend.min.css" >"$to/nhsuk-frontend.min.css"
sed -e 's|//# sourceMappingURL=.*||' "$dist/nhsuk-frontend.min.js" >"$to/nhsuk-frontend.min.js"
for icon in arrow-down arrow-up arrow-up-down cross; do
    cp "$dist/assets/images/nhsuk-icon-$icon.svg" "$to/images/"
done
# The package carries no licence file; this is the one of its repository.
cat >"$to/LICENSE" <<'LICENCE'
MIT License

Copyright (c) 2019 NHS.UK

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
LICENCE

cd "$here/vendor"
{
    echo "# Written by vendor.sh. What is here, where it came from, and its hash."
    echo
    echo "[[package]]"
    echo "name = \"$name\""
    echo "version = \"$version\""
    echo "licence = \"MIT\""
    echo "integrity = \"$integrity\""
    echo
    find "$name" -type f | LC_ALL=C sort | while read -r file; do
        echo "[[package.file]]"
        echo "path = \"$file\""
        echo "sha256 = \"$(sha256sum "$file" | cut -d' ' -f1)\""
    done
} >vendor.toml
