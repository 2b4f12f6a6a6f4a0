"""``hyotan recipes``: the possible values of ``--recipe``."""

from hyotan.recipes import described

SHORT_HELP = "List the recipes."


def recipes() -> None:
    """List the recipes and their parameters."""
    for name, (first_line, parameters) in described().items():
        print(f"{name:14s}{first_line}")
        print(f"{'':14s}{', '.join(f'{p}={default}' for p, default in parameters.items())}, …\n")
    print("and any parameter of hyotan.Autoencoder, as --set NAME=VALUE")
