//! Types as the contract writes them, compared with those of a component by structure: names of types are the component's own affair.

use wasmparser::PrimitiveValType;
use wasmparser::component_types::{ComponentDefinedType, ComponentEntityType, ComponentValType};
use wasmparser::types::TypesRef;

/// A type. Comparing goes no deeper than this, however deep the component's type is.
pub(super) enum Shape {
    Plain(PrimitiveValType),
    List(&'static Shape),
    Record(&'static [(&'static str, &'static Shape)]),
    Variant(&'static [(&'static str, Option<&'static Shape>)]),
    Result { ok: Option<&'static Shape>, err: Option<&'static Shape> },
}

/// A function. Names of parameters do not count: callers go by the order.
pub(super) struct Function {
    pub(super) params: &'static [&'static Shape],
    pub(super) result: Option<&'static Shape>,
}

impl Function {
    pub(super) fn fits(&self, types: TypesRef<'_>, ty: ComponentEntityType) -> bool {
        let ComponentEntityType::Func(id) = ty else { return false };
        let function = &types[id];
        !function.async_
            && function.params.len() == self.params.len()
            && self.params.iter().zip(&function.params).all(|(shape, (_, ty))| shape.fits(types, *ty))
            && fit(types, self.result, function.result)
    }
}

impl Shape {
    fn fits(&self, types: TypesRef<'_>, ty: ComponentValType) -> bool {
        let defined = match ty {
            ComponentValType::Primitive(ty) => return matches!(self, Self::Plain(plain) if *plain == ty),
            ComponentValType::Type(id) => &types[id],
        };
        match (self, defined) {
            (Self::Plain(plain), ComponentDefinedType::Primitive(ty)) => plain == ty,
            (Self::List(shape), ComponentDefinedType::List { element, .. }) => shape.fits(types, *element),
            (Self::Record(shapes), ComponentDefinedType::Record(record)) => {
                let mut pairs = shapes.iter().zip(&record.fields);
                shapes.len() == record.fields.len()
                    && pairs
                        .all(|((name, shape), (found, ty))| *name == found.as_str() && shape.fits(types, *ty))
            }
            (Self::Variant(shapes), ComponentDefinedType::Variant(variant)) => {
                let mut pairs = shapes.iter().zip(&variant.cases);
                shapes.len() == variant.cases.len()
                    && pairs.all(|((name, shape), (found, case))| {
                        *name == found.as_str() && fit(types, *shape, case.ty)
                    })
            }
            (Self::Result { ok, err }, ComponentDefinedType::Result { ok: has_ok, err: has_err, .. }) => {
                fit(types, *ok, *has_ok) && fit(types, *err, *has_err)
            }
            _ => false,
        }
    }
}

fn fit(types: TypesRef<'_>, shape: Option<&Shape>, ty: Option<ComponentValType>) -> bool {
    match (shape, ty) {
        (None, None) => true,
        (Some(shape), Some(ty)) => shape.fits(types, ty),
        _ => false,
    }
}
