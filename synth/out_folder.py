# SPDX-License-Identifier: Apache-2.0
"""Folders that results go to."""
import pathlib

import library


def made(path):
    """The folder `path`, made if it is not there. Raises Unusable."""
    folder = pathlib.Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise library.Unusable(f"{path}: a folder is expected, or a path where one can be made "
                               f"({error.strerror}).") from error
    return folder
