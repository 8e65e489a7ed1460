"""Pages that were asked for lately, with their bytes, as many as fit.

A page of a finished generation never changes, so it is rendered once for each form. The first
page of a walk is kept beyond its generation: it is what is served while the database is away.
"""

import gzip
import hashlib
from collections import OrderedDict

import msgspec

from pmapp.api.items import page_csv, page_json
from pmio.store.opportunities import OpportunityPage

ROW_BYTES = 2_500
"""About what a row's objects take."""
GZIP_MIN = 1_024


class Body:
    """Bytes of an answer, their tag, and their compressed form once somebody wants it."""

    __slots__ = ("_zipped", "content", "etag")

    def __init__(self, content: bytes) -> None:
        self.content = content
        # Weak: the same tag stands for the compressed form.
        self.etag = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        self._zipped: bytes | None = None

    def zipped(self) -> bytes | None:
        """Compressed, or None where that is not worth it."""
        if len(self.content) < GZIP_MIN:
            return None
        if self._zipped is None:
            self._zipped = gzip.compress(self.content, compresslevel=4, mtime=0)
        return self._zipped

    @property
    def size(self) -> int:
        """Bytes held."""
        return len(self.content) + len(self._zipped or b"")


class Form(msgspec.Struct, frozen=True):
    """How a page is shown."""

    csv: bool
    stale: bool


class ShownPage:
    """A page and the forms in which it was asked for."""

    def __init__(self, page: OpportunityPage) -> None:
        self.page = page
        self._bodies: dict[Form, Body] = {}

    @property
    def generation(self) -> int:
        """The number of the page's generation, 0 without one."""
        return 0 if self.page.generation is None else self.page.generation.generation

    @property
    def size(self) -> int:
        """Bytes held, about."""
        bodies = sum(body.size for body in self._bodies.values())
        return len(self.page.rows) * ROW_BYTES + bodies + 1_000

    def body(self, form: Form) -> Body:
        """The page's bytes in one form."""
        body = self._bodies.get(form)
        if body is None:
            render = page_csv if form.csv else page_json
            body = self._bodies[form] = Body(render(self.page, stale=form.stale))
        return body


class ShownPages:
    """The pages that were asked for last, up to a number of bytes."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._pages: OrderedDict[object, tuple[ShownPage, int]] = OrderedDict()

    def get(self, key: object) -> ShownPage | None:
        """The page under a key, if it is still there."""
        found = self._pages.get(key)
        return None if found is None else found[0]

    def keep(self, key: object, shown: ShownPage) -> None:
        """Keep a page as the last one asked for; those asked for longest ago go. To be called
        again after the page was shown in another form, since that takes memory too."""
        _, before = self._pages.pop(key, (None, 0))
        size = shown.size
        self._pages[key] = (shown, size)
        self._bytes += size - before
        while self._bytes > self._bytes_max and self._pages:
            _, (_, gone) = self._pages.popitem(last=False)
            self._bytes -= gone

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return self._bytes
