"""The text of docs/configuration.md, made from the declarations of the keys."""

from typing import Any, Final

from pmapp.key_text import by_section, plain, range_text
from pmapp.maker_settings import MAKER
from pmapp.services.service_settings import SCANNER
from pmapp.settings import Program
from pmcore.config_key import KeyDoc
from pmcore.config_tree import key_docs

EXAMPLES: Final = ("TRADING__BASE_SIZE_SHARES=20", "CADENCE__SCORE_S=60")
HEAD: Final = f"""# Configuration

Every key has a sane default: the program runs without any configuration. Later sources overrule
earlier ones: the defaults below, a TOML file (`--config FILE`, or the one named here in the folder
where `pm` is called), the environment, and the command line. The maker and the scanner
(`pm sweep`) have keys of their own and read them alike:

| | the maker | the scanner |
|---|---|---|
| file | `{MAKER.file_name}` | `{SCANNER.file_name}` |
| environment | `{MAKER.prefix}{EXAMPLES[0]}` | `{SCANNER.prefix}{EXAMPLES[1]}` |
| command line | `--set trading.base_size_shares=20` | `--set cadence.score_s=60` |
| what is in force, and from where | `{MAKER.shown_by}` | `{SCANNER.shown_by}` |
| only whether it is sound | `{MAKER.shown_by} --check` | `{SCANNER.shown_by} --check` |

Unknown and out-of-range keys are refused by name, all at once, each with its source. Secrets are
never part of it. In a file:

    [trading]
    base_size_shares = 20.0

This page is made by `pm config --markdown` from the declarations in `pmcore/config_keys.py`,
`pmcore/sweep/settings_keys.py` and `pmapp/services/service_keys.py`.
"""


def page() -> str:
    """The whole page: the maker's keys, then the scanner's."""
    return HEAD + _part("The maker", MAKER) + _part("The scanner", SCANNER)


def _part(title: str, program: Program[Any]) -> str:
    lines = [f"\n## {title}\n"]
    for section, docs in by_section(key_docs(program.root)):
        lines += [f"\n### {section}\n\n", "| key | default | unit | range | reason |\n"]
        lines.append("|---|---|---|---|---|\n")
        lines += [_row(doc) for doc in docs]
    return "".join(lines)


def _row(doc: KeyDoc) -> str:
    name = doc.name.partition(".")[2]
    cells = (f"`{name}`", f"`{plain(doc.default)}`", doc.unit, range_text(doc), doc.why)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
