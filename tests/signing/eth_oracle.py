"""The eth-account family, imported without its side effect.

Its dependency py_ecc raises the interpreter's recursion limit to 100,000 on import. Deeply nested
JSON then overflows the C stack and kills the process, where it should raise RecursionError: so the
limit is put back at once, and these libraries have no place in the program itself.
"""

import sys

_limit = sys.getrecursionlimit()
try:
    from eth_abi import encode
    from eth_account import Account
    from eth_account.messages import encode_defunct, encode_typed_data
    from eth_utils import to_checksum_address
finally:
    sys.setrecursionlimit(_limit)

__all__ = ["Account", "encode", "encode_defunct", "encode_typed_data", "to_checksum_address"]
