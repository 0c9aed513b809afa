# Stands in for OpenSSL while the messages are built: the cmake files of Fast DDS ask for its
# headers, which a machine may lack, although nothing that is built here uses them.
set(OpenSSL_FOUND TRUE)
foreach(library SSL Crypto)
  if(NOT TARGET OpenSSL::${library})
    add_library(OpenSSL::${library} INTERFACE IMPORTED)
  endif()
endforeach()
