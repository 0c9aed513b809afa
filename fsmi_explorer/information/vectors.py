"""
Vectors of neighbouring array elements for Numba kernels.

Numba leaves it to LLVM to find loops that can run on vector registers, and LLVM guards those that
it finds with comparisons of all addresses involved, each time they start. Sweeps start millions of
loops over one row. So they state their vectors: `load` takes some elements of a flat array,
`store` puts them back, and between them are + - and * with vectors and numbers, which take the
type of the vector.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_jitable, register_model
import numpy as np

LANES = 16
"""Elements of a vector: of float32, one register of AVX-512, and a few of any other kind."""

WIDE = 2 * LANES
"""Elements of a wide vector, for loops with few vectors in which each step waits for the last."""

_CACHE_LINE = 64
"""Bytes."""

_FAST = ('contract', 'nsz', 'reassoc')


@register_jitable
def aligned_zeros(size, dtype):
    """Return a flat array that begins where a cache line does, so that vectors keep to theirs."""
    buffer = np.zeros(size + _CACHE_LINE, dtype)
    address = buffer.ctypes.data
    first = -address % _CACHE_LINE // buffer.itemsize
    return buffer[first:first + size]


class Vector(types.Type):
    """
    Type of a vector of floats.

    :param dtype: Numba's type of the floats.
    :param lanes: number of the floats.
    """

    def __init__(self, dtype: types.Float, lanes: int):
        """Name the type after its floats and their number."""
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f'Vector({dtype}, {lanes})')


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):

    def __init__(self, manager, vector):
        element = manager.lookup(vector.dtype).get_value_type()
        super().__init__(manager, vector, ir.VectorType(element, vector.lanes))


def _check(array):
    """Refuse, when a kernel is compiled, arrays whose elements do not lie side by side."""
    if array.ndim != 1 or array.layout != 'C':
        raise TypingError(f'vectors are of flat, contiguous arrays, not of {array}')


def _address(context, builder, array_type, array, place, vector):
    """Return the address of a vector that begins at a place of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    kind = context.get_value_type(vector)
    return builder.bitcast(builder.gep(data, [place]), kind.as_pointer())


def _load(array, lanes):
    _check(array)
    vector = Vector(array.dtype, lanes)

    def generate(context, builder, sig, arguments):
        """Emit the load."""
        address = _address(context, builder, sig.args[0], *arguments, vector)
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return vector(array, types.intp), generate


@intrinsic
def load(typing_context, array, place):
    """Return the vector that begins at a place of a flat, contiguous array."""
    return _load(array, LANES)


@intrinsic
def load_wide(typing_context, array, place):
    """Return the wide vector that begins at a place of a flat, contiguous array."""
    return _load(array, WIDE)


@intrinsic
def store(typing_context, array, place, vector):
    """Write a vector to a flat, contiguous array from a place on."""
    _check(array)

    def generate(context, builder, sig, arguments):
        """Emit the store."""
        address = _address(context, builder, sig.args[0], *arguments[:2], vector)
        builder.store(arguments[2], address, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


def _spread_to(value, lanes):
    def generate(context, builder, sig, arguments):
        """Emit the vector."""
        return _spread(builder, arguments[0], context.get_value_type(sig.return_type))

    return Vector(value, lanes)(value), generate


@intrinsic
def spread(typing_context, value):
    """Return a vector whose elements are all equal to a float."""
    return _spread_to(value, LANES)


@intrinsic
def spread_wide(typing_context, value):
    """Return a wide vector whose elements are all equal to a float."""
    return _spread_to(value, WIDE)


@intrinsic
def largest(typing_context, vector):
    """Return the largest element of a vector."""
    def generate(context, builder, sig, arguments):
        """Emit the reduction."""
        element = context.get_value_type(sig.return_type)
        name = f'llvm.vector.reduce.fmax.v{vector.lanes}f{vector.dtype.bitwidth}'
        reduce = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(element, [arguments[0].type]), name)
        return builder.call(reduce, arguments)

    return vector.dtype(vector), generate


def _spread(builder, value, vector):
    """Return a vector of equal elements, or a vector as it is."""
    if isinstance(value.type, ir.VectorType):
        return value
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, cgutils.int32_t(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, first, order)


def _define(operation, instruction):
    """Define an operator for two vectors, or a vector and a number of the same type."""
    @infer_global(operation)
    class _Operator(AbstractTemplate):
        def generic(self, arguments, keywords):
            """Return the signature where one operand is a vector, None for anything else."""
            left, right = arguments
            vector = left if isinstance(left, Vector) else right
            if isinstance(vector, Vector):
                return signature(vector, *(
                    each if each == vector else vector.dtype for each in arguments))

    def generate(context, builder, sig, arguments):
        """Emit the instruction."""
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
