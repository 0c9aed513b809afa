"""
Vectors of neighbouring array elements for Numba kernels.

Numba leaves it to LLVM to find loops that can run on vector registers, and LLVM guards those that
it finds with comparisons of all addresses involved, each time they start. Sweeps start millions of
loops over one row. So they state their vectors: `load` takes LANES elements of a flat array,
`store` puts them back, and between them are + - and * with vectors and numbers, which take the
type of the vector.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16
"""Elements of a vector: of float32, one register of AVX-512, and a few of any other kind."""

_FAST = ('contract', 'nsz', 'reassoc')


class Vector(types.Type):
    """
    Type of a vector of LANES floats.

    :param dtype: Numba's type of the floats.
    """

    def __init__(self, dtype: types.Float):
        """Name the type after its floats."""
        self.dtype = dtype
        super().__init__(name=f'Vector({dtype})')


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):

    def __init__(self, manager, vector):
        element = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(element, LANES))


def _check(array):
    """Refuse, when a kernel is compiled, arrays whose elements do not lie side by side."""
    if array.ndim != 1 or array.layout != 'C':
        raise TypingError(f'vectors are of flat, contiguous arrays, not of {array}')


def _address(context, builder, array_type, array, place):
    """Return the address of a vector that begins at a place of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    vector = context.get_value_type(Vector(array_type.dtype))
    return builder.bitcast(builder.gep(data, [place]), vector.as_pointer())


@intrinsic
def load(typing_context, array, place):
    """Return the vector that begins at a place of a flat, contiguous array."""
    _check(array)

    def generate(context, builder, sig, arguments):
        address = _address(context, builder, sig.args[0], *arguments)
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return Vector(array.dtype)(array, types.intp), generate


@intrinsic
def store(typing_context, array, place, vector):
    """Write a vector to a flat, contiguous array from a place on."""
    _check(array)

    def generate(context, builder, sig, arguments):
        array_value, place_value, value = arguments
        address = _address(context, builder, sig.args[0], array_value, place_value)
        builder.store(value, address, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, Vector(array.dtype)), generate


@intrinsic
def spread(typing_context, value):
    """Return a vector whose elements are all equal to a float."""
    def generate(context, builder, sig, arguments):
        return _spread(builder, arguments[0], context.get_value_type(sig.return_type))

    return Vector(value)(value), generate


def _spread(builder, value, vector):
    """Return a vector of equal elements, or a vector as it is."""
    if isinstance(value.type, ir.VectorType):
        return value
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, cgutils.int32_t(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, first, order)


def _define(operation, instruction):
    """Define an operator for two vectors, or a vector and a number of the same type."""
    @infer_global(operation)
    class _Operator(AbstractTemplate):
        def generic(self, arguments, keywords):
            left, right = arguments
            vector = left if isinstance(left, Vector) else right
            if isinstance(vector, Vector):
                return signature(vector, *(
                    each if each == vector else vector.dtype for each in arguments))

    def generate(context, builder, sig, arguments):
        vector = context.get_value_type(sig.return_type)
        left, right = (_spread(builder, each, vector) for each in arguments)
        return getattr(builder, instruction)(left, right, flags=_FAST)

    for operands in ((Vector, Vector), (Vector, types.Float), (types.Float, Vector)):
        lower_builtin(operation, *operands)(generate)


for _instruction, _operations in {
        'fadd': (operator.add, operator.iadd),
        'fsub': (operator.sub, operator.isub),
        'fmul': (operator.mul, operator.imul)}.items():
    for _operation in _operations:
        _define(_operation, _instruction)
