import numpy as np
import numpy.typing as npt

def get_rotate_crop_image(img: npt.NDArray[np.uint8], points: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]: ...
